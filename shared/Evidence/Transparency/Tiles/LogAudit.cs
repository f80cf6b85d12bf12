namespace Lace.Evidence.Transparency.Tiles;

/// <summary>What is wrong with a file of a log.</summary>
public enum LogFault
{
    /// <summary>It is not there, and no fuller one is.</summary>
    Missing,

    /// <summary>An entry bundle does not hold its entries, each behind its length, and nothing else.</summary>
    Malformed,

    /// <summary>A tile has other bytes than the entries below it give, or more or fewer.</summary>
    WrongTile,

    /// <summary>A partial tile or bundle is not the beginning of the fuller one.</summary>
    WrongPartial,

    /// <summary>The head over all entries is not that of the checkpoint.</summary>
    WrongHead,
}

/// <summary>A fault and where it is; the path of the head's is <c>checkpoint</c>.</summary>
public readonly record struct LogFinding(LogFault Fault, string Path);

/// <summary>What was read and what was found; a whole log has no findings.</summary>
/// <param name="Entries">Entries that were hashed.</param>
/// <param name="Files">Tiles and bundles that were compared.</param>
/// <param name="Head">The head over the entries; null where some could not be read.</param>
/// <param name="Findings">At most <see cref="LogAudit.MaxFindings"/>.</param>
public sealed record LogAuditResult(long Entries, long Files, MerkleHash? Head, IReadOnlyList<LogFinding> Findings)
{
    public bool IsWhole => Findings.Count == 0;
}

/// <summary>
/// Rebuilds a whole log from its entry bundles and compares every tile, byte for byte, and the head. Memory does not grow with the log.
/// </summary>
public sealed class LogAudit
{
    /// <summary>Findings after which an audit ends: such a log is not repaired one by one.</summary>
    public const int MaxFindings = 100;

    private readonly long size;
    private readonly Func<string, byte[]?> read;
    private readonly TileWriter writer = new();
    private readonly List<LogFinding> findings = [];
    private long files;

    private LogAudit(long size, Func<string, byte[]?> read) => (this.size, this.read) = (size, read);

    /// <param name="size">Entries by the checkpoint, whose signature the caller checks.</param>
    /// <param name="head">The head by the checkpoint.</param>
    /// <param name="read">The bytes under a path below the log's folder, or null.</param>
    /// <param name="partials">
    /// Partial tiles and bundles that also lie there, of earlier sizes: each has to be the beginning of the fuller one. What reaches
    /// beyond the checkpoint is not looked at: a batch that is not published yet writes such.
    /// </param>
    /// <param name="progress">Called with the number of entries so far.</param>
    public static LogAuditResult Run(
        long size,
        in MerkleHash head,
        Func<string, byte[]?> read,
        IEnumerable<TilePath>? partials = null,
        Action<long>? progress = null
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentNullException.ThrowIfNull(read);
        return new LogAudit(size, read).Run(head, partials ?? [], progress);
    }

    private LogAuditResult Run(in MerkleHash head, IEnumerable<TilePath> partials, Action<long>? progress)
    {
        while (writer.Size < size && findings.Count < MaxFindings)
        {
            if (!TryAppendBundle())
            {
                return new(writer.Size, files, null, findings);
            }

            progress?.Invoke(writer.Size);
        }

        Compare(writer.Edge());
        if (writer.Head() != head)
        {
            Found(LogFault.WrongHead, "checkpoint");
        }

        foreach (var partial in partials.Where(path => !path.IsFull))
        {
            ComparePartial(partial);
        }

        return new(writer.Size, files, writer.Head(), findings);
    }

    private bool TryAppendBundle()
    {
        var path = PathAt(TilePath.Entries(writer.Size / TilePath.FullWidth));
        if (Fullest(path) is not { } bundle)
        {
            Found(LogFault.Missing, path.ToString());
            return false;
        }

        if (EntryBundle.Read(bundle.Content, bundle.Path.Width) is not { } entries)
        {
            Found(LogFault.Malformed, bundle.Path.ToString());
            return false;
        }

        foreach (var entry in entries.Take(path.Width))
        {
            writer.Append(entry.Span);
        }

        files++;
        Compare(writer.TakeFull());
        return true;
    }

    private void Compare(IEnumerable<Tile> tiles)
    {
        foreach (var tile in tiles.Where(tile => !tile.Path.IsEntries))
        {
            files++;
            if (Fullest(tile.Path) is not { } stored)
            {
                Found(LogFault.Missing, tile.Path.ToString());
            }
            else if (!Begins(stored.Content, tile.Content) || HasOtherLength(stored))
            {
                Found(LogFault.WrongTile, stored.Path.ToString());
            }
        }
    }

    private void ComparePartial(TilePath path)
    {
        var fuller = PathAt(path);
        if (fuller.Width <= path.Width)
        {
            return; // the edge, which was compared, or beyond it
        }

        files++;
        var partial = read(path.ToString());
        var whole =
            partial is { } some
            && (
                path.IsEntries
                    ? EntryBundle.Read(some, path.Width) is not null
                    : some.Length == path.Width * MerkleHash.Size
            );
        if (!whole || Fullest(fuller) is not { } stored || !Begins(stored.Content, partial))
        {
            Found(LogFault.WrongPartial, path.ToString());
        }
    }

    /// <summary>The tile or bundle with the width that it has at this size; 0 is taken for full, as nothing asks for that.</summary>
    private TilePath PathAt(TilePath path)
    {
        var width = TilePath.WidthAt(size, Math.Max(0, path.Level), path.Index);
        return path.WithWidth(width == 0 ? TilePath.FullWidth : width);
    }

    /// <summary>A log may drop a partial tile once the full one is there.</summary>
    private Tile? Fullest(TilePath path)
    {
        if (read(path.ToString()) is { } content)
        {
            return new Tile(path, content);
        }

        var full = path.WithWidth(TilePath.FullWidth);
        return !path.IsFull && read(full.ToString()) is { } more ? new Tile(full, more) : null;
    }

    private void Found(LogFault fault, string path)
    {
        if (findings.Count < MaxFindings)
        {
            findings.Add(new(fault, path));
        }
    }

    private static bool Begins(ReadOnlyMemory<byte> whole, ReadOnlyMemory<byte> beginning) =>
        whole.Span.StartsWith(beginning.Span);

    private static bool HasOtherLength(in Tile tile) => tile.Content.Length != tile.Path.Width * MerkleHash.Size;
}
