using System.Text.Json;
using Lace.Cli.Verify;
using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Tests.Evidence.Bundles;
using Lace.Tests.Evidence.Certificates;
using static Lace.Tests.Docs.FormatExamples;

namespace Lace.Tests.Docs;

/// <summary>docs/formats/dp-certificate.md and its example; with LACE_UPDATE=1 both are made anew.</summary>
public sealed class CertificateExampleTests
{
    private const string Page = "formats/dp-certificate.md";

    [Fact]
    public void The_certificate_verifies_under_its_policy_and_under_no_other()
    {
        if (IsUpdating && !File.Exists(FormatPage.PathOf("formats/examples/certificate.json")))
        {
            Make();
        }

        var bytes = Read("certificate.json");
        var policy = LacePolicy.Parse(Read("certificate.policy.json"), out _)!;
        var certificate = CertificateFile.Parse(bytes, out _)!.Read()!;
        var epsilon = CertifiedEpsilon.Compute(certificate);
        var found = CertificateVerification.Verify(bytes, new(policy, epsilon, certificate.Artifact.Sha256));
        Assert.Equal(BundleOutcome.Passed, found.Outcome);
        Assert.Equal(BundleOutcome.Failed, CertificateVerification.Verify(bytes, new(Policy, epsilon)).Outcome);
        AssertNoChangePasses(
            bytes,
            changed => CertificateVerification.Verify(changed, new(policy, epsilon)).Outcome == BundleOutcome.Passed
        );
        Compare("```json certificate-predicate\n", JsonSerializer.Serialize(Predicate(bytes), Readable), "\n```");
        var shown = FormatPage.Open(Page).Json("certificate-predicate");
        Assert.True(JsonElement.DeepEquals(Predicate(bytes), shown));
    }

    [Fact]
    public void The_page_lists_every_check_and_everything_that_is_not_covered()
    {
        Compare("<!-- checks -->\n", Rows(CertificateChecks.Table), "\n<!-- end -->");
        var points = NotCoveredPoint.For(SamplingBasis.DeclaredByCaller);
        Compare("<!-- not covered -->\n", Rows(points.Select(point => (point.Code, point.Sentence))), "\n<!-- end -->");
    }

    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static bool IsUpdating => Environment.GetEnvironmentVariable("LACE_UPDATE") == "1";

    private static string Rows(IEnumerable<(string Id, string Text)> rows) =>
        string.Join('\n', rows.Select(row => $"| `{row.Id}` | {row.Text} |"));

    private static JsonElement Predicate(byte[] file)
    {
        var payload = CertificateFile.Parse(file, out _)!.Statement.Signed.Payload;
        return JsonDocument.Parse(payload).RootElement.GetProperty("predicate");
    }

    private static void Make()
    {
        var made = new MadeBundle();
        var file = made.Certificate(CertificateStatement.Create(CertificateVerificationTests.True));
        File.WriteAllBytes(FormatPage.PathOf("formats/examples/certificate.json"), file.Write());
        File.WriteAllBytes(FormatPage.PathOf("formats/examples/certificate.policy.json"), made.Policy.Write());
    }

    private static void Compare(string before, string expected, string after)
    {
        var path = FormatPage.PathOf(Page);
        var text = File.ReadAllText(path);
        var from = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        var to = text.IndexOf(after, from, StringComparison.Ordinal);
        if (IsUpdating)
        {
            File.WriteAllText(path, text[..from] + expected + text[to..]);
            return;
        }

        Assert.Equal(expected, text[from..to]);
    }
}
