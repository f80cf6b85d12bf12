using System.Text;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using static Lace.Tests.Evidence.Datasets.TestSources;

namespace Lace.Tests.Evidence.Fingerprints;

/// <summary>The pass of `lace attest` that also makes the filter.</summary>
public sealed class DatasetFingerprintsTests
{
    private static readonly byte[] Salt = [.. Enumerable.Range(5, 16).Select(i => (byte)i)];

    [Theory]
    [InlineData(FingerprintTier.Private)]
    [InlineData(FingerprintTier.Public)]
    [InlineData(FingerprintTier.Keyed)]
    public void One_thread_and_four_make_the_same_filter_and_every_fingerprint_of_the_records_is_in_it(
        FingerprintTier tier
    )
    {
        var random = new Random(1);
        var texts = Enumerable
            .Range(0, 3000)
            .Select(_ => Encoding.ASCII.GetString(NaiveFingerprints.Words(random, random.Next(0, 900))))
            .ToArray();
        var source = string.Concat(texts.Select(text => $"{{\"text\":\"{text}\"}}\n"));
        var part = new DatasetPart(DatasetPartKind.Field, "text");
        var settings = Settings(tier);

        var one = Filter([Of(source)], part, settings, 1, out var counts);
        var four = Filter([Of(source[..source.IndexOf('\n', 500_000)]), Of("")], part, settings, 4, out _);
        var whole = Filter([Of(source)], part, settings, 4, out var again);

        Assert.Equal(counts, again);
        Assert.Equal(BlockTree.Head(one), BlockTree.Head(whole));
        Assert.NotEqual(BlockTree.Head(one), BlockTree.Head(four));
        Assert.Equal(
            texts.Count(text => new TextNormalizer().Normalize(Encoding.UTF8.GetBytes(text)).Length < 48),
            counts.ShortRecords
        );
        using var keyed = settings.Key is { } key ? new KeyedFingerprints(key.Span) : null;
        var expected = new List<ulong>();
        var maker = new TextFingerprints(settings);
        var skipped = texts.Aggregate(
            default(SkippedGrams),
            (sum, text) => sum + maker.Add(Encoding.UTF8.GetBytes(text), expected)
        );
        Assert.Equal(expected.Count, counts.Keys);
        Assert.Equal(skipped, counts.Skipped);
        Assert.All(expected, fingerprint => Assert.True(one.Has(keyed?.Of(fingerprint) ?? fingerprint)));
    }

    [Fact]
    public void A_record_that_is_json_is_read_as_its_strings()
    {
        const string sentence =
            "the first line of it ends here, and what comes on the second line is long enough to be found again";
        var json =
            """{"id":17,"messages":[{"role":"user","content":"THE FIRST LINE of it ends here,\nand what comes on the second\u0020line is long enough to be found again"}]}""";
        var filter = Filter([Of(json)], DatasetPart.Whole, Settings(FingerprintTier.Private), 1, out _);
        var inside = Encoding.UTF8.GetBytes("17 user " + sentence);
        Assert.All(
            new TextFingerprints(Settings(FingerprintTier.Private)).Of(inside, out _),
            window => Assert.True(filter.Has(window.Fingerprint))
        );

        // A member that is no string is its JSON, and read the same way.
        filter = Filter(
            [Of(json)],
            new DatasetPart(DatasetPartKind.Field, "messages"),
            Settings(FingerprintTier.Private),
            1,
            out _
        );
        inside = Encoding.UTF8.GetBytes("user " + sentence);
        Assert.All(
            new TextFingerprints(Settings(FingerprintTier.Private)).Of(inside, out _),
            window => Assert.True(filter.Has(window.Fingerprint))
        );
    }

    [Theory]
    [InlineData("{\"a\":\"unfinished text with an opening brace in it which is long enough to have a fingerprint")]
    [InlineData(
        "[see below] it is plain text with a bracket in front of it which is long enough to have a fingerprint"
    )]
    [InlineData("{\"a\":\"half a surrogate \\ud800 in a text that is long enough to have a fingerprint of its own\"}")]
    public void What_is_no_json_is_read_as_it_stands(string record)
    {
        var filter = Filter([Of(record)], DatasetPart.Whole, Settings(FingerprintTier.Private), 1, out var counts);
        var windows = new TextFingerprints(Settings(FingerprintTier.Private)).Of(Encoding.UTF8.GetBytes(record), out _);
        Assert.Equal(windows.Count, counts.Keys);
        Assert.All(windows, window => Assert.True(filter.Has(window.Fingerprint)));
    }

    [Fact]
    public void A_record_of_16_MiB_is_fingerprinted_whole()
    {
        // The prototype stopped silently at 4 MB.
        var random = new Random(2);
        var text = NaiveFingerprints.Words(random, (16 << 20) - 100);
        var filter = Filter(
            [Of(text, DatasetFormat.File)],
            DatasetPart.Whole,
            Settings(FingerprintTier.Private),
            1,
            out _
        );
        var tail = new TextFingerprints(Settings(FingerprintTier.Private)).Of(text.AsSpan(^100_000..), out _);
        Assert.All(tail.Skip(1).SkipLast(1), window => Assert.True(filter.Has(window.Fingerprint)));
    }

    [Fact]
    public void The_salt_changes_every_fingerprint()
    {
        var text = Encoding.ASCII.GetString(NaiveFingerprints.Words(new Random(3), 40_000));
        var filter = Filter([Of(text)], DatasetPart.Whole, Settings(FingerprintTier.Private), 1, out _);
        var other = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, new byte[16]));
        Assert.True(other.Of(Encoding.UTF8.GetBytes(text), out _).Count(window => filter.Has(window.Fingerprint)) < 20);
    }

    private static FingerprintSettings Settings(FingerprintTier tier) =>
        new(tier, Salt, tier == FingerprintTier.Keyed ? new byte[32] : (ReadOnlyMemory<byte>?)null);

    private static BlockedBloomFilter Filter(
        DatasetSource[] sources,
        DatasetPart part,
        FingerprintSettings settings,
        int jobs,
        out FingerprintCounts counts
    )
    {
        var survey = DatasetSurvey.Take(sources, part, jobs);
        var builder = new FilterBuilder(settings, new MemoryStream());
        Assert.NotEmpty(
            DatasetCommitment.Chunks(survey, "lace-20261120-134501-x7k2p9", new byte[32], jobs, builder).ToArray()
        );
        counts = builder.Counts;
        return builder.Build();
    }
}
