using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.RecordAudits;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.RecordAudits;

/// <summary>Which records are drawn, and what a sample is worth.</summary>
public sealed class RecordSampleTests
{
    private static readonly MerkleHash Dataset = new(SHA256.HashData("dataset"u8));
    private static readonly MerkleHash Filter = new(SHA256.HashData("filter"u8));
    private static readonly Checkpoint Log = new("example.org/log", 7, new MerkleHash(SHA256.HashData("log"u8)));

    [Fact]
    public void Draws_what_the_page_says()
    {
        const long records = 1000;
        byte[] seed = SHA256.HashData([
            .. Encoding.ASCII.GetBytes("lace-record-sample/1"),
            .. SHA256.HashData(
                Encoding.ASCII.GetBytes($"example.org/log\n7\n{Convert.ToBase64String(Log.Root.ToArray())}\n")
            ),
            .. Dataset.ToArray(),
            .. Filter.ToArray(),
            .. Number(records),
        ]);
        var naive = new SortedSet<long>();
        for (var draw = 0; naive.Count < 30; draw++)
        {
            var word = System.Numerics.BigInteger.Zero;
            foreach (var b in SHA256.HashData([.. seed, .. Number(draw)])[..8])
            {
                word = (word * 256) + b;
            }

            if (word < (System.Numerics.BigInteger.One << 64) / records * records)
            {
                naive.Add((long)(word % records));
            }
        }

        Assert.Equal(naive, RecordSample.Draw(Log, Dataset, Filter, records, 30));
    }

    [Fact]
    public void A_smaller_sample_is_a_part_of_a_larger_one()
    {
        var all = RecordSample.Draw(Log, Dataset, Filter, 100_000, 5000);
        Assert.Equal(5000, all.Distinct().Count());
        Assert.Equal(all, all.Order());
        Assert.Subset(all.ToHashSet(), RecordSample.Draw(Log, Dataset, Filter, 100_000, 300).ToHashSet());
    }

    [Fact]
    public void Anything_else_that_is_drawn_from_draws_others()
    {
        var one = RecordSample.Draw(Log, Dataset, Filter, 100_000, 50);
        Assert.NotEqual(one, RecordSample.Draw(Log with { Size = 8 }, Dataset, Filter, 100_000, 50));
        Assert.NotEqual(one, RecordSample.Draw(Log with { Root = Dataset }, Dataset, Filter, 100_000, 50));
        Assert.NotEqual(one, RecordSample.Draw(Log with { Origin = "x" }, Dataset, Filter, 100_000, 50));
        Assert.NotEqual(one, RecordSample.Draw(Log, Filter, Filter, 100_000, 50));
        Assert.NotEqual(one, RecordSample.Draw(Log, Dataset, Dataset, 100_000, 50));
        Assert.NotEqual(one, RecordSample.Draw(Log, Dataset, Filter, 99_999, 50));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 10_000)]
    [InlineData(10_000, 10_000)]
    public void All_records_where_there_are_no_more(int records, int count) =>
        Assert.Equal(
            Enumerable.Range(0, records).Select(i => (long)i),
            RecordSample.Draw(Log, Dataset, Filter, records, count)
        );

    [Fact]
    public void No_record_is_likelier_than_another()
    {
        var counts = new int[50];
        for (var size = 1; size <= 4000; size++)
        {
            foreach (var index in RecordSample.Draw(Log with { Size = size }, Dataset, Filter, 50, 5))
            {
                counts[index]++;
            }
        }

        // 400 of each, with a deviation of 19: six of them.
        Assert.All(counts, count => Assert.InRange(count, 286, 514));
    }

    [Fact]
    public void States_what_a_sample_is_worth()
    {
        var stated = AuditConfidence.Of(300, 0);
        Assert.Equal(1 - Math.Pow(0.99, 300), stated.Single(one => one.Omitted == 0.01).Noticed, 12);
        Assert.Equal(0.95, stated.Single(one => one.Omitted is > 0.009 and < 0.01).Noticed, 12);
        Assert.True(AuditConfidence.Of(3000, 0).Single(one => one.Omitted == 0.001).Noticed > 0.95);
        // What chance hides is taken off; without a record that has a fingerprint nothing is stated.
        Assert.True(AuditConfidence.Of(300, 0.1).Single(one => one.Omitted == 0.01).Noticed < 0.94);
        Assert.Empty(AuditConfidence.Of(0, 0));
        Assert.All(AuditConfidence.Of(1, 0.017), one => Assert.InRange(one.Omitted, 0, 1));
    }

    private static byte[] Number(long number)
    {
        var bytes = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
