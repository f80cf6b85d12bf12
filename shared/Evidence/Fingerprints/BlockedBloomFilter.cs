using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// A Bloom filter of blocks of 64 bytes: a key sets 8 bits of one block, so that asking for it opens one leaf of the Merkle tree. The bytes do not
/// depend on the order of the keys, and filters of the same number of blocks are merged by OR.
/// </summary>
public sealed class BlockedBloomFilter
{
    public const int BlockSize = 64;
    public const int BlockBits = 8 * BlockSize;

    /// <summary>Bits that a key sets, as far as they are different.</summary>
    public const int Hashes = 8;

    /// <summary>Size of the filter: bits for each different key.</summary>
    public const int BitsPerKey = 16;

    /// <summary>A smaller filter would say how small the dataset is, and have blocks of very different fill.</summary>
    public const int MinBlocks = 64;

    /// <summary>Most blocks of one filter: 16 GiB less the 512 bytes that an array of .NET cannot hold.</summary>
    public const long MaxBlocks = (1L << 28) - 8;

    /// <summary>Bits set of all bits above which a filter is not published: it would say present too often.</summary>
    public const double MaxFill = 0.6;

    private const int Words = BlockSize / sizeof(ulong);

    private readonly ulong[] words;

    /// <param name="blocks">From <see cref="BlocksFor"/>.</param>
    public BlockedBloomFilter(long blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks, MaxBlocks);
        words = Datasets.LargePages.Allocate<ulong>(blocks * Words);
        Blocks = blocks;
    }

    public long Blocks { get; }

    /// <summary>How many blocks a filter of so many different keys has.</summary>
    public static long BlocksFor(long keys) =>
        Math.Max(MinBlocks, (keys + (BlockBits / BitsPerKey) - 1) / (BlockBits / BitsPerKey));

    /// <summary>The block of a key.</summary>
    public static long BlockOf(ulong key, long blocks) => (long)Math.BigMul(key, (ulong)blocks, out _);

    /// <summary>Whether the key's bits are all set in its block.</summary>
    public static bool Has(ReadOnlySpan<byte> block, ulong key)
    {
        var (first, second) = Mix(key);
        for (var i = 0; i < Hashes; i++)
        {
            var bit = Bit(first, second, i);
            if ((block[bit >> 3] & (1 << (bit & 7))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong key)
    {
        var (first, second) = Mix(key);
        ref var block = ref words[BlockOf(key, Blocks) * Words];
        for (var i = 0; i < Hashes; i++)
        {
            var bit = Bit(first, second, i);
            Unsafe.Add(ref block, bit >> 6) |= 1UL << (bit & 63);
        }
    }

    /// <summary>Adds all keys, with the blocks of the next ones on their way from memory: three to four times as fast where the filter is large.</summary>
    public void Add(ReadOnlySpan<ulong> keys)
    {
        const int lead = 16;
        ref var first = ref MemoryMarshal.GetArrayDataReference(words);
        for (var i = 0; i < keys.Length; i++)
        {
            if (i + lead < keys.Length)
            {
                Datasets.CachePrefetch.Load(ref first, (nint)(BlockOf(keys[i + lead], Blocks) * Words));
            }

            Add(keys[i]);
        }
    }

    /// <summary>Adds the keys whose blocks lie in one of several equal shares of the filter: shares may be filled at the same time.</summary>
    public void Add(ReadOnlySpan<ulong> keys, int share, int shares)
    {
        if (shares == 1)
        {
            Add(keys);
            return;
        }

        var (first, end) = (Blocks * share / shares, Blocks * (share + 1) / shares);
        var own = ArrayPool<ulong>.Shared.Rent(keys.Length);
        var count = 0;
        foreach (var key in keys)
        {
            own[count] = key;
            var block = BlockOf(key, Blocks);
            // No branch: which share a key falls into cannot be predicted.
            count += Convert.ToInt32(block >= first) & Convert.ToInt32(block < end);
        }

        Add(own.AsSpan(0, count));
        ArrayPool<ulong>.Shared.Return(own);
    }

    public bool Has(ulong key) => Has(Block(BlockOf(key, Blocks)), key);

    /// <summary>Adds what another filter of the same size has.</summary>
    public void Merge(BlockedBloomFilter other)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Blocks, Blocks, nameof(other));
        for (long i = 0; i < words.LongLength; i++)
        {
            words[i] |= other.words[i];
        }
    }

    /// <summary>The bytes of a block. Byte 0 holds the bits 0 to 7, the lowest first.</summary>
    public ReadOnlySpan<byte> Block(long index) => Bytes(index, 1);

    /// <summary>The bytes of some blocks in a row.</summary>
    public ReadOnlySpan<byte> Bytes(long first, int count) =>
        BitConverter.IsLittleEndian
            ? MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref words[first * Words], count * Words))
            : throw new PlatformNotSupportedException("Filters are kept as little-endian words.");

    /// <summary>Sets the bytes of some blocks in a row, as they came from another filter.</summary>
    public void Load(long first, ReadOnlySpan<byte> blocks) =>
        MemoryMarshal
            .Cast<byte, ulong>(blocks)
            .CopyTo(MemoryMarshal.CreateSpan(ref words[first * Words], blocks.Length / sizeof(ulong)));

    /// <summary>How full the blocks are.</summary>
    public BlockFill Fill()
    {
        var fill = new BlockFill();
        const int step = 1 << 20;
        for (long first = 0; first < Blocks; first += step)
        {
            fill.Add(Bytes(first, (int)Math.Min(step, Blocks - first)));
        }

        return fill;
    }

    // Two values of 64 bits that depend on all bits of the key, unlike its block, which depends on the high ones (splitmix64).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong First, ulong Second) Mix(ulong key) => (Scramble(key), Scramble(key + GramHash.Odd));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Scramble(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Bit(ulong first, ulong second, int i) =>
        (int)((i < Hashes / 2 ? first : second) >> (9 * (i & ((Hashes / 2) - 1)))) & (BlockBits - 1);
}

/// <summary>How many blocks have how many bits set: what the rate of false positives follows from.</summary>
public sealed class BlockFill
{
    private readonly long[] blocks = new long[BlockedBloomFilter.BlockBits + 1];

    public long Blocks => blocks.Sum();

    /// <summary>Bits set in all blocks.</summary>
    public long Bits => blocks.Select((count, bits) => count * bits).Sum();

    /// <summary>Share of the bits that are set.</summary>
    public double Share => (double)Bits / (Blocks * BlockedBloomFilter.BlockBits);

    /// <summary>The probability that a key which was never added is found all the same, of exactly this filter: a key's 8 bits are independent.</summary>
    public double FalsePositiveRate =>
        blocks
            .Select(
                (count, bits) =>
                    count * Math.Pow((double)bits / BlockedBloomFilter.BlockBits, BlockedBloomFilter.Hashes)
            )
            .Sum() / Blocks;

    /// <summary>Adds some blocks.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= BlockedBloomFilter.BlockSize; bytes = bytes[BlockedBloomFilter.BlockSize..])
        {
            var bits = 0;
            foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes[..BlockedBloomFilter.BlockSize]))
            {
                bits += BitOperations.PopCount(word);
            }

            blocks[bits]++;
        }
    }

    /// <summary>Adds the blocks of another part of the filter.</summary>
    public void Add(IReadOnlyList<long> histogram)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(histogram.Count, blocks.Length, nameof(histogram));
        for (var bits = 0; bits < blocks.Length; bits++)
        {
            blocks[bits] += histogram[bits];
        }
    }

    /// <summary>Entry b: blocks with b bits set.</summary>
    public IReadOnlyList<long> Histogram => blocks;
}
