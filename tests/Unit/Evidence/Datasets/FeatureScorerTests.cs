using System.Text.Json;
using Lace.Evidence.Datasets;

namespace Lace.Tests.Evidence.Datasets;

public sealed class FeatureScorerTests
{
    [Fact]
    public void Has_the_features_of_the_reference_to_1e9()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(SharedFolder.Path("runs", "feature_vectors.json")));
        var records = file
            .RootElement.GetProperty("records_base64")
            .EnumerateArray()
            .Select(r => r.GetBytesFromBase64())
            .ToArray();
        var expected = file
            .RootElement.GetProperty("features")
            .EnumerateArray()
            .Select(row => row.EnumerateArray().Select(v => v.GetDouble()).ToArray())
            .ToArray();
        var scorer = ScorerOf(records);

        for (var i = 0; i < records.Length; i++)
        {
            var (order1, order2, order3) = scorer.Nats(i, records[i]);
            Assert.Equal(expected[i][1], order1, 1e-9);
            Assert.Equal(expected[i][2], order2, 1e-9);
            Assert.Equal(expected[i][3], order3, 1e-9);
            var features = scorer.Score(i, records[i]);
            foreach (var f in new[] { 0, 4, 5, 6, 7, 8, 9, 10, 11, 12 })
            {
                Assert.Equal(expected[i][f], features[f]);
            }

            Assert.Equal((long)Math.Floor((100 * expected[i][2]) + 0.5), features[2]);
        }
    }

    [Theory]
    [InlineData(1, 256)]
    [InlineData(2, 2)]
    [InlineData(3, 8)]
    public void Equals_the_naive_reference_on_random_bytes(int seed, int alphabet)
    {
        var random = new Random(seed);
        var records = Enumerable
            .Range(0, 60)
            .Select(_ => Enumerable.Range(0, random.Next(0, 400)).Select(_ => (byte)random.Next(alphabet)).ToArray())
            .ToArray();
        AssertEqualsNaive(records);
    }

    [Fact]
    public void Equals_the_naive_reference_on_records_of_edge_lengths()
    {
        var random = new Random(4);
        int[] lengths = [0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 2047, 2048, 2049, 4096, 4100, 0, 1];
        AssertEqualsNaive([
            .. lengths.Select(n => Enumerable.Range(0, n).Select(_ => (byte)random.Next(256)).ToArray()),
        ]);
    }

    [Fact]
    public void Counts_every_byte_in_the_class_of_the_reference()
    {
        byte[][] records =
        [
            [.. Enumerable.Range(0, 256).Select(b => (byte)b)],
            [.. Enumerable.Range(0, 256).Select(b => (byte)(255 - b))],
        ];
        AssertEqualsNaive(records);
    }

    [Fact]
    public void Does_not_underflow_on_a_record_nothing_like_the_others()
    {
        var common = Enumerable.Repeat((byte)'a', 100_000).ToArray();
        var foreign = Enumerable.Range(0, 3000).Select(i => (byte)(i * 37)).ToArray();
        AssertEqualsNaive([common, foreign, common, common]);
    }

    [Theory]
    [InlineData(1, 256, 300)]
    [InlineData(2, 3, 300)]
    [InlineData(3, 26, 5000)]
    public void Vectors_score_as_byte_by_byte_to_the_last_bit(int seed, int alphabet, int longest)
    {
        var random = new Random(seed);
        var counts = new NgramCounts();
        for (var i = 0; i < 50; i++)
        {
            counts.Count(Bytes(random.Next(longest)), 1);
        }

        var model = new NgramModel(counts);
        for (var length = 0; length < 300; length++)
        {
            var record = Bytes(length);
            Assert.Equal(model.ScoreOneByOne(record), model.Score(record));
        }

        for (var i = 0; i < 50; i++)
        {
            // Of what the model knows and of what it never saw.
            byte[] record = [.. Bytes(random.Next(longest)), .. Bytes(random.Next(400)).Select(b => (byte)(255 - b))];
            Assert.Equal(model.ScoreOneByOne(record), model.Score(record));
        }

        byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(alphabet))];
    }

    [Fact]
    public void A_part_that_occurs_several_times_counts_as_often_as_each_alone()
    {
        var random = new Random(5);
        NgramCounts[] counts = [new(), new()];
        for (var i = 0; i < 100; i++)
        {
            var part = Enumerable.Range(0, random.Next(3000)).Select(_ => (byte)random.Next(2 + i)).ToArray();
            var times = random.Next(5);
            counts[0].Count(part, times);
            for (var once = 0; once < times; once++)
            {
                counts[1].Count(part, 1);
            }
        }

        Assert.Equal(counts[1].HashedContexts(), counts[0].HashedContexts());
        Assert.Equal(counts[1].Trigrams.Length, counts[0].Trigrams.Length);
        for (var gram = 0; gram <= NgramCounts.TrigramMask; gram++)
        {
            if (counts[1].Trigram(gram) != counts[0].Trigram(gram))
            {
                Assert.Fail($"{gram:x}");
            }
        }

        Assert.True(counts[1].HashedSymbols.AsSpan().SequenceEqual(counts[0].HashedSymbols));
    }

    [Fact]
    public void A_count_stops_at_its_largest_value()
    {
        var hash = (int)(unchecked(0x61616161u * NgramCounts.HashMultiplier) >> NgramCounts.SymbolShift);
        var counts = new NgramCounts();
        counts.Count("aaaa"u8, uint.MaxValue - 3);
        counts.Count([.. Enumerable.Repeat((byte)'a', 1000)], 1);
        Assert.Equal(uint.MaxValue, counts.Trigram(0x616161));
        Assert.Equal(uint.MaxValue, counts.HashedSymbols[hash]);
        Assert.Equal(0u, counts.Trigram(0x616162));
        Assert.Equal(0u, counts.Trigram(0x626161));
        counts.Count("b"u8, long.MaxValue);
        Assert.Equal(uint.MaxValue, counts.Trigram('b'));
    }

    private static void AssertEqualsNaive(byte[][] records)
    {
        var scorer = ScorerOf(records);
        var expected = NaiveFeatures.Of(records);
        for (var i = 0; i < records.Length; i++)
        {
            var (order1, order2, order3) = scorer.Nats(i, records[i]);
            Assert.Equal(expected[i][1], order1, 1e-9 * Math.Max(1, expected[i][1]));
            Assert.Equal(expected[i][2], order2, 1e-9 * Math.Max(1, expected[i][2]));
            Assert.Equal(expected[i][3], order3, 1e-9 * Math.Max(1, expected[i][3]));
            var features = scorer.Score(i, records[i]);
            foreach (var f in new[] { 0, 4, 5, 6, 7, 8, 9, 10, 11, 12 })
            {
                Assert.Equal(expected[i][f], features[f]);
            }
        }
    }

    private static FeatureScorer ScorerOf(byte[][] records)
    {
        var sample = new TextSample();
        for (var i = 0; i < records.Length; i++)
        {
            sample.Add(DuplicateCounter.HashOf(records[i]), records[i], 1 - (i & 1), i & 1);
        }

        return new FeatureScorer(sample, 2);
    }
}
