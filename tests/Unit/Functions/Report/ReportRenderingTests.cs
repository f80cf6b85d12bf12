using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Lace.Evidence.Datasets;
using Lace.Functions.Report;
using Lace.Functions.Storage;
using Lace.Tests.Evidence.Verification;

namespace Lace.Tests.Functions.Report;

/// <summary>What a report shows of texts that its subject chose, and of adverse facts.</summary>
public sealed partial class ReportRenderingTests
{
    private const string Hostile =
        "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"' | [a](javascript:alert(3)) ![b](http://c.example)\n# Verdict: CONSISTENT\r\n| x | y | `code` https://d.example www.e.example f@g.example &lt;b&gt;";

    private static readonly DateTimeOffset Now = TrainedRun.Created.AddHours(2);

    [Fact]
    public void Hostile_texts_are_words_in_HTML_and_nothing_else()
    {
        var html = Render("html", Document(Hostile), Hostile);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<a ", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(1)", html, StringComparison.Ordinal);

        // The same tags as with harmless texts: none was opened, closed or given an attribute.
        var harmless = Render("html", Document("my data"), "a mistake");
        Assert.Equal(Tags(harmless), Tags(html));
    }

    [Fact]
    public void Hostile_texts_are_words_in_Markdown_and_nothing_else()
    {
        var markdown = Render("md", Document(Hostile), Hostile);
        var harmless = Render("md", Document("my data"), "a mistake");
        Assert.Equal(harmless.Count(c => c == '\n'), markdown.Count(c => c == '\n'));
        Assert.DoesNotMatch(Unescaped(), markdown);
        Assert.DoesNotContain("https://", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("www.", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("f@g", markdown, StringComparison.Ordinal);
        Assert.Contains(@"\<script\>", markdown, StringComparison.Ordinal);
        foreach (var (a, b) in harmless.Split('\n').Zip(markdown.Split('\n')))
        {
            Assert.Equal(Cells(a), Cells(b));
        }
    }

    [Fact]
    public void Hostile_texts_stay_inside_their_members_in_JSON()
    {
        using var json = JsonDocument.Parse(Render("json", Document(Hostile), Hostile));
        Assert.Equal(Hostile, json.RootElement.GetProperty("attestation").GetProperty("name").GetString());
        Assert.Equal("CONSISTENT", json.RootElement.GetProperty("verification").GetProperty("verdict").GetString());
        Assert.StartsWith(
            "This report is technical documentation",
            json.RootElement.GetProperty("notice").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void HTML_asks_for_nothing_from_outside_and_runs_nothing()
    {
        var html = Render("html", Document("my data"), "a mistake");
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(Outside(), html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("html")]
    [InlineData("md")]
    [InlineData("json")]
    public void A_revoked_attestation_is_shown_as_such(string format)
    {
        var report = System.Net.WebUtility.HtmlDecode(Render(format, Document("my data"), "the wrong file"));
        Assert.Contains("the wrong file", report, StringComparison.Ordinal);
        Assert.Contains(format == "json" ? "\"failed\"" : "✗ failed", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("html")]
    [InlineData("md")]
    [InlineData("json")]
    public void A_report_states_null_error_bound_and_limits_and_claims_no_more(string format)
    {
        var report = Render(format, Document("my data"), null);
        foreach (
            var word in new[] { "rotations of the declared order", "technical documentation", "not an expert opinion" }
        )
        {
            Assert.Contains(word, report, StringComparison.Ordinal);
        }

        var result = new TrainedRun().Verify();
        var plain = format switch
        {
            "html" => System.Net.WebUtility.HtmlDecode(report),
            "md" => report.Replace("\\", "", StringComparison.Ordinal),
            _ => report,
        };
        Assert.All(result.DoesNotShow, sentence => Assert.Contains(sentence, plain, StringComparison.Ordinal));
        Assert.DoesNotMatch(Claims(), plain);
    }

    [Fact]
    public void Knows_three_formats_and_no_other()
    {
        Assert.All(["html", "md", "json"], format => Assert.NotNull(ReportFile.Find(format)));
        Assert.All(["", "HTML", "pdf", "../html"], format => Assert.Null(ReportFile.Find(format)));
    }

    private static string Render(string format, Attestation attestation, string? revoked)
    {
        var run = new TrainedRun();
        if (revoked is not null)
        {
            run.Attestation = run.Attestation with { RevokedAt = TrainedRun.Created, RevocationReason = revoked };
            attestation = attestation with { Revoked = new Revocation(TrainedRun.Created, revoked) };
        }

        return Encoding.UTF8.GetString(ReportFile.Find(format)!.Render(attestation, run.Verify(), Now));
    }

    private static Attestation Document(string text) =>
        new(
            TrainedRun.AttestationId,
            Attestation.Complete,
            text,
            new Dictionary<string, string> { [text] = text },
            new AttestedDataset(
                DatasetFormat.JsonLines,
                new DatasetPart(DatasetPartKind.Field, text),
                1,
                TrainedRun.Records,
                1,
                DatasetChunk.Records,
                TrainedRun.Root.ToString(),
                null,
                null
            ),
            null,
            null,
            TrainedRun.Completed,
            TrainedRun.Completed,
            null,
            null
        );

    private static string[] Tags(string html) => [.. Tag().Matches(html).Select(match => match.Value)];

    /// <summary>Bars that no backslash keeps from parting cells.</summary>
    private static int Cells(string line) => line.Replace("\\|", "", StringComparison.Ordinal).Count(c => c == '|');

    [GeneratedRegex("<[^>]*>", RegexOptions.None, 1000)]
    private static partial Regex Tag();

    [GeneratedRegex(@"(?<!\\)(<script|<img|!\[|\]\(|`code|&lt;)", RegexOptions.None, 1000)]
    private static partial Regex Unescaped();

    [GeneratedRegex(@"(src=|href=|url\(|@import|https?://|<script| on\w+=)", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Outside();

    [GeneratedRegex(
        @"\b(proves?|proven|unfakeable|guarantee[sd]?|certif\w+|meets the)\b",
        RegexOptions.IgnoreCase,
        1000
    )]
    private static partial Regex Claims();
}
