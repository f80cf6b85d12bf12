using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Tests.Evidence.NearDuplicates;

public sealed class NearFindingsTests
{
    private const double Rate = 0.00088;

    [Theory]
    [InlineData(0, NearVerdict.NotFound)]
    [InlineData(1, NearVerdict.NotFound)]
    [InlineData(2, NearVerdict.Undecided)]
    [InlineData(3, NearVerdict.Near)]
    [InlineData(32, NearVerdict.Near)]
    public void The_verdict_follows_from_the_bands_that_are_found(int hits, NearVerdict verdict)
    {
        var findings = NearFindings.Of(
            [.. Enumerable.Range(0, 32).Select(band => band % 31 < hits && band < hits)],
            Rate
        );
        Assert.Equal(verdict, findings.Verdict);
        Assert.Equal(hits > 1, findings.EstimatedSimilarity is not null);
        Assert.InRange(findings.ByChance, 1e-7, 1e-5);
        Assert.Equal(findings.Hits, findings.HitBands.Count);
    }

    [Fact]
    public void A_fuller_filter_needs_more_bands()
    {
        Assert.Equal(3, NearFindings.NearFromHits(32, Rate));
        Assert.Equal(3, NearFindings.NearFromHits(32, 0));
        Assert.InRange(NearFindings.NearFromHits(32, 0.05), 8, 12);
        Assert.Equal(33, NearFindings.NearFromHits(32, 1));
        Assert.True(FalsePositives.Tail(32, 0.05, NearFindings.NearFromHits(32, 0.05)) <= 1e-5);
        Assert.Equal(NearVerdict.Undecided, NearFindings.Of([.. Enumerable.Repeat(true, 32)], 1).Verdict);
    }

    [Fact]
    public void The_estimate_is_the_similarity_that_gives_so_many_bands()
    {
        Assert.Equal(1, NearFindings.Of([.. Enumerable.Repeat(true, 32)], Rate).EstimatedSimilarity);
        var half = NearFindings.Of([.. Enumerable.Range(0, 32).Select(band => band % 2 == 0)], 0);
        Assert.Equal(Math.Pow(0.5, 0.2), half.EstimatedSimilarity!.Value, 12);
        Assert.Equal(Enumerable.Range(0, 16).Select(i => 2 * i), half.HitBands);
    }

    [Fact]
    public void No_sentence_of_it_claims_more_than_it_shows() =>
        Assert.All(
            NearFindings
                .Limits.Append(NearFindings.Of([.. Enumerable.Repeat(true, 32)], Rate).Reason)
                .Append(NearFindings.Of([.. Enumerable.Repeat(false, 32)], Rate).Reason),
            sentence => Assert.DoesNotContain("proves", sentence, StringComparison.OrdinalIgnoreCase)
        );
}
