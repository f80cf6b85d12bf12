using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Tests;

namespace Lace.SystemTests.Demo;

public sealed class SampleDataTests
{
    private const int Context = 256;

    private static readonly string Samples = Path.Combine(SharedFolder.RepositoryRoot, "samples");

    public static TheoryData<string> Files => new(["other-books", "gospels-acts", "jargon"]);

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_text_fits_the_context_of_the_model(string name)
    {
        using var file = File.OpenRead(Path.Combine(Samples, "data", $"{name}.jsonl.gz"));
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var records = 0;
        while (lines.ReadLine() is { } line)
        {
            using var record = JsonDocument.Parse(line);
            var bytes = Encoding.UTF8.GetByteCount(record.RootElement.GetProperty("text").GetString()!);
            Assert.InRange(bytes, 1, Context);
            records++;
        }

        Assert.InRange(records, 4_000, 30_000);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Sources_names_the_digest_of_each_file(string name)
    {
        var digest = Convert.ToHexStringLower(
            SHA256.HashData(File.ReadAllBytes(Path.Combine(Samples, "data", $"{name}.jsonl.gz")))
        );
        var sources = File.ReadAllText(Path.Combine(Samples, "data", "SOURCES.md"));

        Assert.Contains($"| `{digest}` | `{name}.jsonl.gz` |", sources, StringComparison.Ordinal);
    }

    [Fact]
    public void The_training_script_has_one_line_of_Lace()
    {
        var lines = File.ReadLines(Path.Combine(Samples, "finetune", "train.py"))
            .Where(line => line.Contains("lace", StringComparison.Ordinal));

        Assert.StartsWith("from lace import monitor; monitor()", Assert.Single(lines), StringComparison.Ordinal);
    }
}
