using Lace.Evidence.Datasets;

namespace Lace.Cli.Attest;

/// <summary>Which format a file has by its suffix (protocol §1).</summary>
internal static class SourceFormats
{
    public static DatasetFormat Of(string name) =>
        name switch
        {
            "jsonl" => DatasetFormat.JsonLines,
            "json" => DatasetFormat.Json,
            "csv" => DatasetFormat.Csv,
            "tsv" => DatasetFormat.Tsv,
            "text" => DatasetFormat.Text,
            "file" => DatasetFormat.File,
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not a format."),
        };

    public static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null where the suffix, after a <c>.gz</c>, is not known.</summary>
    public static DatasetFormat? OfPath(string path)
    {
        var name = IsCompressed(path) ? path[..^3] : path;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".jsonl" or ".ndjson" => DatasetFormat.JsonLines,
            ".json" => DatasetFormat.Json,
            ".csv" => DatasetFormat.Csv,
            ".tsv" => DatasetFormat.Tsv,
            ".txt" or ".md" or ".markdown" => DatasetFormat.Text,
            _ => null,
        };
    }
}
