using System.Globalization;
using System.Text;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Fingerprints;

/// <summary>A whole filter as a file, behind the statement that commits to it (docs/formats/fingerprints.md).</summary>
/// <param name="Signed">Well-formed and of this filter; its signatures are not checked: see <see cref="ExclusionVerification"/>.</param>
/// <param name="Filter">Its root is the statement's.</param>
public sealed record FilterFile(
    SignedFilter Signed,
    DatasetPredicate Dataset,
    CommittedFilter Committed,
    HeldFilter Filter
)
{
    private const string Magic = "lace-filter/1";
    private const int MaxLine = 64;

    /// <summary>Reads a file; null, with the reason in plain words, where it is not exactly of the specified form or not the filter of its statement.</summary>
    /// <param name="file">Seekable, at its start.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FilterFile? Read(Stream file, out string? reason)
    {
        ArgumentNullException.ThrowIfNull(file);
        reason = null;
        try
        {
            var (signed, dataset, committed) = Head(file);
            var held = new HeldFilter(FilterBlocks.Read(file, committed.Blocks));
            Require(held.Root == committed.Root, "its blocks do not give the root of its statement");
            return new FilterFile(signed, dataset, committed, held);
        }
        catch (FileFormatException malformed)
        {
            reason = malformed.Message;
            return null;
        }
    }

    /// <summary>Reads what stands before the blocks, and leaves the file at the first of them; null where it is not of the specified form.</summary>
    public static (SignedFilter Signed, CommittedFilter Committed)? ReadHead(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            var (signed, _, committed) = Head(file);
            return (signed, committed);
        }
        catch (Exception malformed) when (malformed is FileFormatException or EndOfStreamException)
        {
            return null;
        }
    }

    /// <summary>What stands before the blocks.</summary>
    public static byte[] Head(SignedFilter signed)
    {
        ArgumentNullException.ThrowIfNull(signed);
        var statement = signed.Write();
        return
        [
            .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Magic} {statement.Length}\n")),
            .. statement,
        ];
    }

    private static (SignedFilter Signed, DatasetPredicate Dataset, CommittedFilter Committed) Head(Stream file)
    {
        var line = FilterBlocks.FirstLine(file, MaxLine).Split(' ');
        Require(
            line is [Magic, var text]
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                && length.ToString(CultureInfo.InvariantCulture) == text
                && length is >= 1 and <= SignedFilter.MaxBytes
                && length <= file.Length - file.Position,
            $"its first line is not `{Magic}` and the length of its statement"
        );
        var bytes = new byte[int.Parse(line[1], CultureInfo.InvariantCulture)];
        file.ReadExactly(bytes);
        var signed = SignedFilter.Parse(bytes, out var reason);
        Require(signed is not null, $"its statement is none: {reason}");
        Require(signed!.Write().AsSpan().SequenceEqual(bytes), "its statement is not in JCS form");
        var dataset = signed.Read();
        Require(
            dataset?.Fingerprints is { IsValid: true },
            "its statement commits to no filter of a scheme that this program knows"
        );
        return (signed, dataset!, dataset!.Fingerprints!);
    }
}
