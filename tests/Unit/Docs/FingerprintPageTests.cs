using System.Text;
using System.Text.Json;
using Lace.Evidence.Fingerprints;
using Lace.Tests.Evidence.LossLog;

namespace Lace.Tests.Docs;

/// <summary>What the page says, what a hundred lines of Python make of it, and what the product does.</summary>
public sealed class FingerprintPageTests
{
    private static readonly FormatPage Page = FormatPage.Open("formats/fingerprints.md");
    private static readonly JsonElement Vectors = TestVectors.Read("fingerprint_vectors.json");

    [Fact]
    public void The_page_shows_the_first_vector_and_the_root()
    {
        var first = Vectors.GetProperty("texts")[0];
        Assert.Equal(first.GetProperty("normalised").GetString(), Page.Text("fp-normalised"));
        Assert.Equal(Integers(first, "places"), Page.Json("fp-places").EnumerateArray().Select(e => e.GetInt32()));
        Assert.Equal(
            Words(first, "fingerprints"),
            Page.Json("fp-fingerprints").EnumerateArray().Select(e => e.GetString())
        );
        Assert.Equal(Vectors.GetProperty("root").GetString(), Page.Text("fp-root"));
        Assert.Equal(Vectors.GetProperty("phrases").GetString(), Page.Text("fp-phrases"));
    }

    [Fact]
    public void The_product_makes_the_file_of_common_phrases()
    {
        var builder = new CommonPhrasesBuilder(1);
        foreach (var text in Vectors.GetProperty("texts").EnumerateArray())
        {
            Assert.True(builder.TryAdd(Encoding.UTF8.GetBytes(text.GetProperty("text").GetString()!)));
        }

        using var file = new MemoryStream();
        builder.Build().Write(file);
        var line = file.ToArray().AsSpan()[..Array.IndexOf(file.ToArray(), (byte)'\n')];
        Assert.Equal(Vectors.GetProperty("phrases").GetString(), Encoding.ASCII.GetString(line));
    }

    [Fact]
    public void The_product_makes_what_the_other_program_made()
    {
        var salt = Convert.FromHexString(Vectors.GetProperty("salt").GetString()!);
        var maker = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, salt));
        var filter = new BlockedBloomFilter(Vectors.GetProperty("blocks").GetInt64());
        foreach (var text in Vectors.GetProperty("texts").EnumerateArray())
        {
            var bytes = Encoding.UTF8.GetBytes(text.GetProperty("text").GetString()!);
            Assert.Equal(
                text.GetProperty("normalised").GetString(),
                Encoding.UTF8.GetString(new TextNormalizer().Normalize(bytes))
            );
            var windows = maker.Of(bytes, out _);
            Assert.Equal(Integers(text, "places"), windows.Select(window => window.Place));
            Assert.Equal(Words(text, "fingerprints"), windows.Select(window => $"{window.Fingerprint:x16}"));
            filter.Add([.. windows.Select(window => window.Fingerprint)]);
        }

        Assert.Equal(Vectors.GetProperty("popcount").GetInt64(), filter.Fill().Bits);
        Assert.Equal(Vectors.GetProperty("root").GetString(), BlockTree.Head(filter).ToString());
    }

    [Fact]
    public void The_page_names_every_check()
    {
        var page = File.ReadAllText(FormatPage.PathOf("formats/fingerprints.md"));
        Assert.All(
            ExclusionVerification.Table,
            check => Assert.Contains($"| `{check.Id}` | {check.Meaning}", page, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_page_of_audits_names_every_check()
    {
        var page = File.ReadAllText(FormatPage.PathOf("formats/record-audit.md"));
        Assert.All(
            Lace.Evidence.RecordAudits.RecordAuditVerification.Table,
            check => Assert.Contains($"| `{check.Id}` | {check.Meaning} |", page, StringComparison.Ordinal)
        );
    }

    private static int[] Integers(JsonElement text, string name) =>
        [.. text.GetProperty(name).EnumerateArray().Select(e => e.GetInt32())];

    private static string?[] Words(JsonElement text, string name) =>
        [.. text.GetProperty(name).EnumerateArray().Select(e => e.GetString())];
}
