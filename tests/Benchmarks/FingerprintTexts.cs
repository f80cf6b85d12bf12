using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lace.Benchmarks;

/// <summary>Real texts as documents: Debian's manual pages and dictionaries, which `./run bench fingerprint` unpacks to out/texts, and the sample data.</summary>
internal static partial class FingerprintTexts
{
    /// <summary>Shorter ones are not asked about: they have too few windows to speak of shares.</summary>
    public const int MinDocument = 2000;

    private const int ChunkSize = 6000;

    /// <summary>Whether the packages are there.</summary>
    public static bool ArePackagesThere => Directory.Exists(Path.Combine(Packages, "usr/share/dictd"));

    private static string Packages => Path.Combine(Root(), "out/texts");

    /// <summary>Manual pages, one document each, without the lines and marks of troff.</summary>
    public static List<string> Manuals() =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(Packages, "usr/share/man"), "*.gz", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(path => Plain(Unzip(path)))
                .Where(text => text.Length > MinDocument),
        ];

    /// <summary>A dictionary of dictd in documents of 6 kB.</summary>
    public static List<string> Dictionary(string name) =>
        Cut(Unzip(Path.Combine(Packages, "usr/share/dictd", name + ".dict.dz")));

    /// <summary>The records of a file of the sample data, joined to documents of 6 kB.</summary>
    public static List<string> Sample(string name)
    {
        var text = new StringBuilder();
        foreach (var line in Unzip(Path.Combine(Root(), "samples/data", name + ".jsonl.gz")).Split('\n'))
        {
            if (line.Length > 0)
            {
                using var record = JsonDocument.Parse(line);
                text.Append(record.RootElement.GetProperty("text").GetString()).Append('\n');
            }
        }

        return Cut(text.ToString());
    }

    private static List<string> Cut(string text)
    {
        var documents = new List<string>();
        for (var first = 0; first < text.Length; )
        {
            var next = first + ChunkSize >= text.Length ? -1 : text.IndexOf('\n', first + ChunkSize);
            next = next < 0 ? text.Length : next + 1;
            if (next - first > MinDocument)
            {
                documents.Add(text[first..next]);
            }

            first = next;
        }

        return documents;
    }

    private static string Plain(string troff) =>
        Marks()
            .Replace(
                string.Join('\n', troff.Split('\n').Where(line => !line.StartsWith('.') && !line.StartsWith('\''))),
                ""
            );

    private static string Unzip(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Lace.Cloud.sln")))
        {
            folder =
                Path.GetDirectoryName(folder.TrimEnd('/'))
                ?? throw new DirectoryNotFoundException("Not in the repository.");
        }

        return folder;
    }

    [GeneratedRegex(@"\\f.|\\&|\\-|\\\(..")]
    private static partial Regex Marks();
}
