using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Evidence.Fingerprints;

public sealed class FalsePositivesTests
{
    [Theory]
    [InlineData(3, 3.4e-4)]
    [InlineData(4, 1.1e-5)]
    [InlineData(5, 2.7e-7)]
    [InlineData(6, 5.8e-9)]
    [InlineData(7, 1.0e-10)]
    public void Has_the_tails_of_the_specification(int hits, double expected) =>
        Assert.Equal(1, FalsePositives.Tail(151, 0.00087, hits) / expected, 0.1);

    [Fact]
    public void Has_the_tail_of_a_long_text() => Assert.Equal(1, FalsePositives.Tail(600, 0.00087, 10) / 2.4e-10, 0.1);

    [Fact]
    public void Knows_about_how_many_bits_so_many_keys_set()
    {
        Assert.Equal(0, FalsePositives.ExpectedBits(0, 64));
        var filter = new BlockedBloomFilter(1000);
        var random = new Random(1);
        for (var i = 0; i < 32_000; i++)
        {
            filter.Add((ulong)random.NextInt64() << 1);
        }

        Assert.Equal(1, filter.Fill().Bits / FalsePositives.ExpectedBits(32_000, 1000), 0.01);
    }

    [Fact]
    public void Sums_to_one_and_ends_where_there_is_nothing()
    {
        Assert.Equal(1, FalsePositives.Tail(10, 0.3, 0));
        Assert.Equal(1 - Math.Pow(0.7, 10), FalsePositives.Tail(10, 0.3, 1), 12);
        Assert.Equal(Math.Pow(0.3, 10), FalsePositives.Tail(10, 0.3, 10), 15);
        Assert.Equal(0, FalsePositives.Tail(10, 0.3, 11));
        Assert.Equal(0, FalsePositives.Tail(10, 0, 1));
        Assert.Equal(0.5, FalsePositives.Tail(100_001, 0.5, 50_001), 6);
    }
}
