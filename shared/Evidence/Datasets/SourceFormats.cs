namespace Lace.Evidence.Datasets;

/// <summary>Which format a file has by its suffix (protocol §1).</summary>
public static class SourceFormats
{
    /// <summary>The format that an option names.</summary>
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

    /// <summary>Whether the content is to be decompressed first.</summary>
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
