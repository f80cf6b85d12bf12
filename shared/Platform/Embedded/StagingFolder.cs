namespace Lace.Platform.Embedded;

/// <summary>Where one process prepares files before they get their names. Those of dead processes are removed by the next to open.</summary>
internal sealed class StagingFolder : IDisposable
{
    private readonly string folder;
    private readonly FileStream owner;
    private long last;

    private StagingFolder(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
        owner =
            FileLocks.TryOpen(Path.Combine(folder, "owner.lock"))
            ?? throw new IOException($"{folder} is in use, though nobody else knows its name.");
    }

    /// <param name="parent">Holds the staging folders of all processes.</param>
    public static StagingFolder Open(string parent)
    {
        Directory.CreateDirectory(parent);
        // One opens at a time: a folder between its creation and its lock must not look abandoned.
        using (FileLocks.Open(Path.Combine(parent, "opening.lock")))
        {
            foreach (var other in Directory.GetDirectories(parent))
            {
                RemoveIfAbandoned(other);
            }

            return new StagingFolder(Path.Combine(parent, Path.GetRandomFileName()));
        }
    }

    /// <summary>Writes a new file and flushes it to the disk. The caller gives it a name or deletes it.</summary>
    public string Write(ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(folder, Interlocked.Increment(ref last).ToString());
        try
        {
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            RandomAccess.Write(file, content, 0);
            RandomAccess.FlushToDisk(file);
            return path;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    public void Dispose()
    {
        owner.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static void RemoveIfAbandoned(string other)
    {
        using (var theirs = FileLocks.TryOpen(Path.Combine(other, "owner.lock")))
        {
            if (theirs is null)
            {
                return;
            }
        }

        Directory.Delete(other, recursive: true);
    }
}
