using System.Buffers.Binary;
using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Evidence.Fingerprints;

public sealed class BlockedBloomFilterTests
{
    private static ulong[] Keys(int seed, int count)
    {
        var random = new Random(seed);
        var bytes = new byte[count * 8];
        random.NextBytes(bytes);
        return
        [
            .. Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8 * i))),
        ];
    }

    [Fact]
    public void Has_every_key_that_was_added()
    {
        var keys = Keys(1, 20_000);
        var filter = new BlockedBloomFilter(BlockedBloomFilter.BlocksFor(keys.Length));
        filter.Add(keys);
        Assert.All(keys, key => Assert.True(filter.Has(key)));
    }

    [Fact]
    public void Its_bytes_depend_on_the_set_of_keys_alone()
    {
        var keys = Keys(2, 5_000);
        var blocks = BlockedBloomFilter.BlocksFor(keys.Length);
        var (once, parts, other) = (
            new BlockedBloomFilter(blocks),
            new BlockedBloomFilter(blocks),
            new BlockedBloomFilter(blocks)
        );
        once.Add(keys);
        foreach (var key in keys.Reverse().Concat(keys[..100]))
        {
            parts.Add(key);
        }

        Assert.True(once.Bytes(0, (int)blocks).SequenceEqual(parts.Bytes(0, (int)blocks)));
        var shard = new BlockedBloomFilter(blocks);
        shard.Add(keys.AsSpan(0, 2_500));
        other.Add(keys.AsSpan(2_500));
        shard.Merge(other);
        Assert.True(once.Bytes(0, (int)blocks).SequenceEqual(shard.Bytes(0, (int)blocks)));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.Merge(new BlockedBloomFilter(blocks + 1)));
    }

    [Theory]
    [InlineData(3, 400_000, 16, 4_000_000)]
    [InlineData(4, 400_000, 12, 1_500_000)]
    [InlineData(5, 400_000, 10, 700_000)]
    public void Finds_by_chance_as_often_as_the_formula_says(int seed, int count, int bitsPerKey, int tries)
    {
        var filter = new BlockedBloomFilter((long)count * bitsPerKey / BlockedBloomFilter.BlockBits);
        filter.Add(Keys(seed, count));
        var expected = FalsePositives.Rate(count, filter.Blocks);
        var random = new byte[8 * tries];
        new Random(100 + seed).NextBytes(random);
        long found = 0;
        for (var i = 0; i < tries; i++)
        {
            found += filter.Has(BinaryPrimitives.ReadUInt64LittleEndian(random.AsSpan(8 * i))) ? 1 : 0;
        }

        Assert.Equal(1, found / (tries * expected), 0.05);
        Assert.Equal(1, filter.Fill().FalsePositiveRate / expected, 0.03);
    }

    [Fact]
    public void The_table_of_the_specification_holds()
    {
        // 16 bits a key: 0.087 %.
        Assert.Equal(0.00087, FalsePositives.Rate(32_000_000, 1_000_000), 0.00002);
    }

    [Fact]
    public void Block_and_bits_are_as_documented()
    {
        // docs/formats/fingerprints.md: the block from the high bits, eight times nine bits of two scrambled words.
        const ulong key = 0x0123_4567_89ab_cdef;
        const long blocks = 1000;
        var filter = new BlockedBloomFilter(blocks);
        filter.Add(key);
        var block = (long)(((UInt128)key * blocks) >> 64);
        var expected = new byte[64];
        foreach (var word in (ulong[])[Scramble(key), Scramble(unchecked(key + 0x9E3779B97F4A7C15))])
        {
            for (var i = 0; i < 4; i++)
            {
                var bit = (int)(word >> (9 * i)) & 511;
                expected[bit / 8] |= (byte)(1 << (bit % 8));
            }
        }

        Assert.Equal(block, BlockedBloomFilter.BlockOf(key, blocks));
        Assert.Equal(expected, filter.Block(block).ToArray());
        Assert.Equal(BitOperations(expected), filter.Fill().Bits);
    }

    [Fact]
    public void The_number_of_different_keys_is_known_within_two_percent()
    {
        foreach (var count in (int[])[0, 1, 10, 1_000, 60_000, 170_000, 1_000_000])
        {
            var counted = new DistinctCount();
            foreach (var key in Keys(count + 7, count))
            {
                counted.Add(key);
                counted.Add(key);
            }

            Assert.InRange(counted.Estimate(), (long)(count * 0.98), (long)Math.Ceiling(count * 1.02));
        }
    }

    [Fact]
    public void Counts_of_parts_are_merged_to_that_of_the_whole()
    {
        var keys = Keys(8, 50_000);
        var (whole, first, second) = (new DistinctCount(), new DistinctCount(), new DistinctCount());
        Array.ForEach(keys, whole.Add);
        Array.ForEach(keys[..30_000], first.Add);
        Array.ForEach(keys[20_000..], second.Add);
        first.Merge(second);
        Assert.Equal(whole.Estimate(), first.Estimate());
    }

    private static int BitOperations(byte[] bytes) => bytes.Sum(b => System.Numerics.BitOperations.PopCount(b));

    private static ulong Scramble(ulong x)
    {
        unchecked
        {
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
            return x ^ (x >> 31);
        }
    }
}
