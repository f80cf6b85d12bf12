using System.IO.Compression;
using Lace.Evidence.Datasets;

namespace Lace.Worker.Training;

/// <summary>The files of a dataset in the order of protocol §1, so that record i here is record i of its attestation.</summary>
internal static class DatasetFiles
{
    /// <param name="path">A file, or a folder: its files with a known suffix, hidden ones left out, links to folders not followed.</param>
    /// <param name="format">Null: the suffix decides.</param>
    /// <exception cref="TrainingRefusedException">There is no such file, or none of a known kind.</exception>
    public static IReadOnlyList<DatasetSource> At(string path, DatasetFormat? format)
    {
        var sources =
            File.Exists(path) ? [Source(path, Path.GetFileName(path), format)]
            : Directory.Exists(path)
                ? Below(new DirectoryInfo(path), "")
                    .Order(StringComparer.Ordinal)
                    .Select(relative => Source(Path.Combine(path, relative), relative, format))
                    .ToArray()
            : throw new TrainingRefusedException("There is no such dataset on the worker.");
        DatasetSource[] known = [.. sources.OfType<DatasetSource>()];
        return known.Length > 0
            ? known
            : throw new TrainingRefusedException(
                "The dataset has no file of a known kind (.jsonl, .json, .csv, .tsv, .txt, .md, each also .gz); give its format."
            );
    }

    private static IEnumerable<string> Below(DirectoryInfo folder, string prefix)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos().Where(entry => !entry.Name.StartsWith('.')))
        {
            if (entry is FileInfo)
            {
                yield return prefix + entry.Name;
            }
            else if (entry.LinkTarget is null)
            {
                foreach (var below in Below((DirectoryInfo)entry, prefix + entry.Name + "/"))
                {
                    yield return below;
                }
            }
        }
    }

    private static DatasetSource? Source(string path, string name, DatasetFormat? format) =>
        (format ?? OfName(name)) is { } known ? new DatasetSource(name, known, () => Open(path)) : null;

    private static Stream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        return IsCompressed(path) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static bool IsCompressed(string name) => name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private static DatasetFormat? OfName(string name)
    {
        var plain = IsCompressed(name) ? name[..^3] : name;
        return Path.GetExtension(plain).ToUpperInvariant() switch
        {
            ".JSONL" or ".NDJSON" => DatasetFormat.JsonLines,
            ".JSON" => DatasetFormat.Json,
            ".CSV" => DatasetFormat.Csv,
            ".TSV" => DatasetFormat.Tsv,
            ".TXT" or ".MD" or ".MARKDOWN" => DatasetFormat.Text,
            _ => null,
        };
    }
}
