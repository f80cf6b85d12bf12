using System.Numerics;
using System.Text;
using Lace.Evidence.Datasets;

namespace Lace.Tests.Evidence.Datasets;

public sealed class TextSampleTests
{
    private const int Limit = 20_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Holds_what_its_definition_says_whatever_the_order_and_the_split(int seed)
    {
        var random = new Random(seed);
        var records = Records(random);
        var expected = Naive(records);

        Assert.Equal(expected, Content(Of(records)));
        var order = Enumerable.Range(0, records.Length).ToArray();
        random.Shuffle(order);
        var shuffled = new TextSample(Limit);
        foreach (var i in order)
        {
            Add(shuffled, records[i], i);
        }

        Assert.Equal(expected, Content(shuffled));

        var merged = new TextSample(Limit);
        for (var start = 0; start < records.Length; )
        {
            var count = Math.Min(1 + random.Next(300), records.Length - start);
            merged.Add(Of(records[start..(start + count)]), isEven: start % 2 == 0);
            start += count;
        }

        Assert.Equal(expected, Content(merged));
    }

    [Fact]
    public void A_record_that_is_repeated_a_million_times_stays_one()
    {
        var sample = new TextSample(Limit);
        for (var i = 0; i < 1_000_000; i++)
        {
            Add(sample, i % 3 == 0 ? "fizz"u8.ToArray() : "other"u8.ToArray(), i);
        }

        Assert.Equal(1, sample.OneIn);
        Assert.Equal([(166_667, 166_667), (333_333, 333_333)], Counts(sample).Order());

        static IEnumerable<(long, long)> Counts(TextSample sample) =>
            [.. sample.Records.ToArray().Select(record => (record.Even, record.Odd))];
    }

    [Fact]
    public void A_record_beyond_the_limit_leaves_the_sample_empty_or_is_not_chosen()
    {
        var sample = new TextSample(Limit);
        Add(sample, new byte[Limit + 1], 0);
        Assert.Equal(0, sample.Records.Length);
        var scorer = new FeatureScorer(sample, 1);
        var (order1, _, order3) = scorer.Nats(0, "abc"u8);
        // Nothing was counted: every byte is as likely as another.
        Assert.Equal(3 * Math.Log(256), order1, 1e-9);
        Assert.Equal(3 * Math.Log(256), order3, 1e-9);
    }

    [Fact]
    public void Short_records_are_bounded_by_their_number()
    {
        var sample = new TextSample(Limit);
        for (var i = 0; i < 10_000; i++)
        {
            Add(sample, BitConverter.GetBytes(i), i);
        }

        Assert.InRange(sample.Records.Length, Limit / TextSample.RecordCost / 4, Limit / TextSample.RecordCost);
    }

    [Fact]
    public void Features_of_a_sampled_dataset_do_not_depend_on_threads_and_say_their_sample()
    {
        var random = new Random(9);
        var content = string.Concat(Records(random).Select(record => $"{Encoding.ASCII.GetString(record)}\n"));
        DatasetSource[] sources = [TestSources.Of(content)];
        var one = DatasetCounts.Take(sources, DatasetPart.Whole, 1, Limit);
        var four = DatasetCounts.Take(sources, DatasetPart.Whole, 4, Limit);
        Assert.True(one.Sample.OneIn > 1);
        Assert.Equal(Content(one.Sample), Content(four.Sample));
        Assert.Equal(one.Sample.OneIn, DatasetSurvey.Of(sources, DatasetPart.Whole, four, 2).Statistics.TextSample);
    }

    [Fact]
    public void The_hash_is_that_of_the_protocol()
    {
        var random = new Random(4);
        for (var length = 0; length < 100; length++)
        {
            var record = new byte[length];
            random.NextBytes(record);
            Assert.Equal(Naive(record), DuplicateCounter.HashOf(record));
        }

        static ulong Naive(byte[] record)
        {
            const ulong a = 0x6A09E667F3BCC909;
            const ulong b = 0xBB67AE8584CAA73B;
            var hash = (ulong)record.Length;
            foreach (
                var block in Enumerable.Range(0, (record.Length / 16) + 1).Select(i => record.Skip(16 * i).Take(16))
            )
            {
                byte[] filled = [.. block, .. new byte[16]];
                hash = Fold(BitConverter.ToUInt64(filled) ^ a ^ hash, BitConverter.ToUInt64(filled, 8) ^ b);
            }

            return Fold(hash ^ b, a);
        }

        static ulong Fold(ulong x, ulong y)
        {
            var product = (UInt128)x * y;
            return (ulong)(product >> 64) ^ (ulong)(product & ulong.MaxValue);
        }
    }

    private static byte[][] Records(Random random) =>
        [
            .. Enumerable
                .Range(0, 2000)
                .Select(_ =>
                    Encoding.ASCII.GetBytes(
                        random.Next(4) == 0
                            ? $"repeated {random.Next(9)}"
                            : new string('x', random.Next(90)) + random.Next()
                    )
                ),
        ];

    private static void Add(TextSample sample, byte[] record, int i) =>
        sample.Add(DuplicateCounter.HashOf(record), record, 1 - (i & 1), i & 1);

    private static TextSample Of(byte[][] records)
    {
        var sample = new TextSample(Limit);
        for (var i = 0; i < records.Length; i++)
        {
            Add(sample, records[i], i);
        }

        return sample;
    }

    private static string[] Content(TextSample sample) =>
        [
            $"1 in {sample.OneIn}",
            .. sample
                .Records.ToArray()
                .Select(record => $"{Encoding.ASCII.GetString(sample.Part(record))} {record.Even} {record.Odd}")
                .Order(StringComparer.Ordinal),
        ];

    // The smallest level at which the different records fit.
    private static string[] Naive(byte[][] records)
    {
        var different = records
            .Select((record, i) => (Text: Encoding.ASCII.GetString(record), Record: record, Parity: i & 1))
            .GroupBy(record => record.Text, StringComparer.Ordinal)
            .ToArray();
        for (var level = 0; ; level++)
        {
            var kept = different
                .Where(group => BitOperations.TrailingZeroCount(DuplicateCounter.HashOf(group.First().Record)) >= level)
                .ToArray();
            if (kept.Sum(group => group.Key.Length + TextSample.RecordCost) <= Limit)
            {
                return
                [
                    $"1 in {1L << level}",
                    .. kept.Select(group =>
                            $"{group.Key} {group.Count(r => r.Parity == 0)} {group.Count(r => r.Parity == 1)}"
                        )
                        .Order(StringComparer.Ordinal),
                ];
            }
        }
    }
}
