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
        NgramCounts[] counts = [new(), new()];
        for (var i = 0; i < records.Length; i++)
        {
            counts[i & 1].Count(records[i]);
        }

        return new FeatureScorer(counts[0], counts[1]);
    }
}
