using System.IO.Compression;
using Lace.Evidence.Datasets;

namespace Lace.Functions.Train;

/// <summary>The datasets of this host: files, or folders of files, below one folder.</summary>
internal sealed class HostedDatasets(HostedFolder folder)
{
    /// <summary>Where a name leads; null where there is neither a file nor a folder.</summary>
    public string? Find(string name) => folder.Find(name) is { } path && Path.Exists(path) ? path : null;

    /// <summary>How many records are there (protocol §1): the worker reads the same ones, and refuses to train on another number.</summary>
    /// <exception cref="DatasetException">It cannot be read so; the message says where.</exception>
    public static long Count(string path, string? format)
    {
        var stated = format is null ? null : OfWord(format);
        DatasetSource[] sources = [.. Files(path).Order(StringComparer.Ordinal).Select(Source).OfType<DatasetSource>()];
        var batch = new RecordBatch();
        return new RecordFeed(sources, () => batch).Batches().Sum(filled => (long)filled.Count);

        DatasetSource? Source(string relative)
        {
            var file = relative.Length == 0 ? path : Path.Combine(path, relative);
            return (stated ?? OfName(file)) is { } known
                ? new DatasetSource(Path.GetFileName(file), known, () => Open(file))
                : null;
        }
    }

    /// <summary>Relative to the path; the path itself, where it is a file, is the empty name. Hidden ones and links to folders are left out.</summary>
    private static IEnumerable<string> Files(string path) =>
        File.Exists(path)
            ? [""]
            : new DirectoryInfo(path)
                .EnumerateFileSystemInfos()
                .Where(entry => !entry.Name.StartsWith('.'))
                .SelectMany(entry =>
                    entry is FileInfo ? [entry.Name]
                    : entry.LinkTarget is null ? Files(entry.FullName).Select(below => $"{entry.Name}/{below}")
                    : []
                );

    private static Stream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        return IsCompressed(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static bool IsCompressed(string name) => name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private static DatasetFormat? OfWord(string format) =>
        format switch
        {
            "jsonl" => DatasetFormat.JsonLines,
            "json" => DatasetFormat.Json,
            "csv" => DatasetFormat.Csv,
            "tsv" => DatasetFormat.Tsv,
            "text" => DatasetFormat.Text,
            "file" => DatasetFormat.File,
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a format."),
        };

    private static DatasetFormat? OfName(string name) =>
        Path.GetExtension(IsCompressed(name) ? name[..^3] : name).ToUpperInvariant() switch
        {
            ".JSONL" or ".NDJSON" => DatasetFormat.JsonLines,
            ".JSON" => DatasetFormat.Json,
            ".CSV" => DatasetFormat.Csv,
            ".TSV" => DatasetFormat.Tsv,
            ".TXT" or ".MD" or ".MARKDOWN" => DatasetFormat.Text,
            _ => null,
        };
}
