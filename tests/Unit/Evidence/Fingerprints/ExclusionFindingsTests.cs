using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Evidence.Fingerprints;

public sealed class ExclusionFindingsTests
{
    private const double Rate = 0.00087;

    [Theory]
    [InlineData(151, "", ExclusionVerdict.Clear)]
    [InlineData(151, "3", ExclusionVerdict.Clear)]
    [InlineData(151, "3,9", ExclusionVerdict.Clear)]
    [InlineData(151, "3,4", ExclusionVerdict.Inconclusive)]
    [InlineData(151, "3,9,20", ExclusionVerdict.Inconclusive)]
    [InlineData(151, "3,9,20,30,40,50", ExclusionVerdict.Inconclusive)]
    [InlineData(151, "3,4,5", ExclusionVerdict.Present)]
    [InlineData(151, "3,9,20,30,40,50,60", ExclusionVerdict.Present)]
    [InlineData(600, "3,9,20,30,40,50,60,70,80", ExclusionVerdict.Inconclusive)]
    [InlineData(600, "3,9,20,30,40,50,60,70,80,90", ExclusionVerdict.Present)]
    [InlineData(1, "", ExclusionVerdict.Inconclusive)]
    [InlineData(1, "0", ExclusionVerdict.Inconclusive)]
    [InlineData(0, "", ExclusionVerdict.Inconclusive)]
    [InlineData(2, "", ExclusionVerdict.Clear)]
    public void Follows_the_rules_of_the_specification(int windows, string hits, ExclusionVerdict verdict)
    {
        var found = new bool[windows];
        foreach (var hit in hits.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            found[int.Parse(hit)] = true;
        }

        var findings = ExclusionFindings.Of([.. Enumerable.Range(0, windows).Select(i => (ulong)i)], found, Rate);
        Assert.Equal(verdict, findings.Verdict);
        Assert.NotEmpty(findings.Reason);
        Assert.InRange(findings.ByChance, 0, 1e-6);
    }

    [Fact]
    public void Seven_hits_are_present_of_151_fingerprints_and_ten_of_600()
    {
        Assert.Equal(7, ExclusionFindings.PresentFromHits(151, Rate));
        Assert.Equal(10, ExclusionFindings.PresentFromHits(600, Rate));
        Assert.Equal(7, ExclusionFindings.PresentFromHits(7, Rate));
    }

    [Fact]
    public void A_passage_that_repeats_itself_counts_once()
    {
        // One false positive in a refrain of fifty lines.
        var fingerprints = Enumerable.Range(0, 100).Select(i => (ulong)(i % 2)).ToArray();
        var findings = ExclusionFindings.Of(fingerprints, [.. fingerprints.Select(f => f == 1)], Rate);
        Assert.Equal((1, 1, 2), (findings.Hits, findings.LongestRun, findings.Different));
        Assert.Equal(ExclusionVerdict.Clear, findings.Verdict);
    }

    [Fact]
    public void The_probability_that_is_stated_is_not_exceeded()
    {
        // With a rate so high that a million texts show it.
        var random = new Random(1);
        const double rate = 0.02;
        const int windows = 40;
        var keys = Enumerable.Range(0, windows).Select(i => (ulong)i).ToArray();
        var found = new bool[windows];
        var (present, texts) = (0, 200_000);
        var bound = ExclusionFindings.Of(keys, found, rate).ByChance;
        for (var i = 0; i < texts; i++)
        {
            for (var k = 0; k < windows; k++)
            {
                found[k] = random.NextDouble() < rate;
            }

            present += ExclusionFindings.Of(keys, found, rate).Verdict == ExclusionVerdict.Present ? 1 : 0;
        }

        Assert.InRange(present, 1, (int)(bound * texts) + 20);
    }
}
