using System.IO.Enumeration;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Cli.Log;

/// <summary>A log's folder: one that holds its files, or the data folder of <c>lace serve</c>.</summary>
internal sealed class FolderLogFiles : ILogFiles
{
    // Where the embedded platform keeps the blobs of docs/formats/log.md.
    private static readonly string InDataFolder = Path.Combine("blobs", "service", "log");

    private FolderLogFiles(string folder) => Place = folder;

    public string Place { get; }

    /// <exception cref="CliException">There is no log, or more than one.</exception>
    public static FolderLogFiles Open(string folder)
    {
        var path = Path.GetFullPath(folder);
        if (File.Exists(Path.Combine(path, LogCheckpoint.Name)))
        {
            return new FolderLogFiles(path);
        }

        var logs = Path.Combine(path, InDataFolder);
        var found = Directory.Exists(logs) ? Directory.GetDirectories(logs) : [];
        return found switch
        {
            [var only] => new FolderLogFiles(only),
            [] => throw new CliException(
                $"{path} is neither the folder of a log nor a data folder that holds one.",
                ExitCode.NotFound
            ),
            _ => throw new CliException(
                $"{path} holds {found.Length} logs; name one: {string.Join(", ", found.Order(StringComparer.Ordinal))}",
                ExitCode.Usage
            ),
        };
    }

    public byte[]? Read(string path)
    {
        var file = new FileInfo(Path.Combine(Place, path));
        if (!file.Exists)
        {
            return null;
        }

        // No file of a log is empty. A pipe, which has no length either, would hold up whoever opens it.
        var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        if (target.Length == 0)
        {
            return [];
        }

        // What is longer than any file of a log can be is read just so far that it is seen to be.
        using var stream = target.OpenRead();
        var content = new byte[Math.Min(stream.Length, EntryBundle.MaxBytes + 1)];
        stream.ReadExactly(content);
        return content;
    }

    public IEnumerable<TilePath> Partials()
    {
        var tiles = Path.Combine(Place, "tile");
        IEnumerable<string> files = Directory.Exists(tiles) ? FilesBelow(tiles) : [];
        foreach (var file in files)
        {
            var path = Path.GetRelativePath(Place, file).Replace(Path.DirectorySeparatorChar, '/');
            if (TilePath.TryParse(path, out var tile) && !tile.IsFull)
            {
                yield return tile;
            }
        }
    }

    public void Dispose() { }

    // Links to folders are not followed: the folder may be a stranger's, and its links may lead in circles.
    private static FileSystemEnumerable<string> FilesBelow(string folder) =>
        new(
            folder,
            (ref file) => file.ToFullPath(),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }
        )
        {
            ShouldIncludePredicate = (ref file) => !file.IsDirectory,
            ShouldRecursePredicate = (ref file) => !file.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
}
