using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Lace.Cryptography.Hashing;

/// <summary>
/// SHA-256 (FIPS 180-4) of many short messages, eight side by side in the lanes of vectors: a call of the library for each costs more than the hash of a
/// Merkle node. Where the processor has no such vectors the messages go to the library one by one, with the same digests.
/// </summary>
public static class Sha256Lanes
{
    public const int DigestSize = 32;

    /// <summary>Longer messages go to the library: its one instruction stream is no slower then.</summary>
    public const int LaneLimit = 2048;

    internal const int Lanes = 8;
    internal const int StateWords = 8;
    internal const int BlockSize = 64;
    internal const int BlockWords = 16;

    /// <summary>The digest of each message, at its number times 32 of <paramref name="digests"/>.</summary>
    /// <param name="bytes">Where the messages lie.</param>
    /// <param name="starts">First byte of each message.</param>
    /// <param name="lengths">Bytes of each message.</param>
    public static void Hash(
        ReadOnlySpan<byte> bytes,
        ReadOnlySpan<int> starts,
        ReadOnlySpan<int> lengths,
        Span<byte> digests
    )
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(lengths.Length, starts.Length, nameof(lengths));
        ArgumentOutOfRangeException.ThrowIfLessThan(digests.Length, DigestSize * starts.Length, nameof(digests));
        if (!Vector256.IsHardwareAccelerated)
        {
            for (var i = 0; i < starts.Length; i++)
            {
                HashAlone(bytes, starts, lengths, digests, i);
            }

            return;
        }

        var rented = ArrayPool<int>.Shared.Rent(starts.Length);
        var order = rented.AsSpan(0, starts.Length);
        var together = Sort(lengths, order);
        for (var at = 0; at < together; at += Lanes)
        {
            HashGroup(bytes, starts, lengths, digests, order[at..Math.Min(at + Lanes, together)]);
        }

        foreach (var message in order[together..])
        {
            HashAlone(bytes, starts, lengths, digests, message);
        }

        ArrayPool<int>.Shared.Return(rented);
    }

    // By number of blocks, so that the messages of a group end together; those over the limit last. Returns how many are not over it.
    private static int Sort(ReadOnlySpan<int> lengths, Span<int> order)
    {
        const int classes = ((LaneLimit + 8) / BlockSize) + 2;
        Span<int> places = stackalloc int[classes + 1];
        places.Clear();
        foreach (var length in lengths)
        {
            places[Class(length) + 1]++;
        }

        for (var i = 0; i < classes; i++)
        {
            places[i + 1] += places[i];
        }

        var together = places[classes - 1];
        for (var i = 0; i < lengths.Length; i++)
        {
            order[places[Class(lengths[i])]++] = i;
        }

        return together;

        static int Class(int length) => length > LaneLimit ? classes - 1 : BlocksOf(length) - 1;
    }

    private static int BlocksOf(int length) => ((length + 8) / BlockSize) + 1;

    private static void HashGroup(
        ReadOnlySpan<byte> bytes,
        ReadOnlySpan<int> starts,
        ReadOnlySpan<int> lengths,
        Span<byte> digests,
        ReadOnlySpan<int> group
    )
    {
        Span<uint> state = stackalloc uint[StateWords * Lanes];
        Span<uint> words = stackalloc uint[BlockWords * Lanes];
        words.Clear();
        Sha256Rounds.Start(state);
        var most = BlocksOf(lengths[group[^1]]);
        for (var block = 0; block < most; block++)
        {
            for (var lane = 0; lane < group.Length; lane++)
            {
                var message = bytes.Slice(starts[group[lane]], lengths[group[lane]]);
                if (block < BlocksOf(message.Length))
                {
                    Load(message, block, words, lane);
                }
            }

            Sha256Rounds.Compress(state, words);
            for (var lane = 0; lane < group.Length; lane++)
            {
                if (block == BlocksOf(lengths[group[lane]]) - 1)
                {
                    Sha256Rounds.Store(state, lane, digests[(DigestSize * group[lane])..]);
                }
            }
        }
    }

    // One block of a padded message, word by word into its lane.
    private static void Load(ReadOnlySpan<byte> message, int block, Span<uint> words, int lane)
    {
        var from = block * BlockSize;
        if (from + BlockSize <= message.Length)
        {
            Load(message.Slice(from, BlockSize), words, lane);
            return;
        }

        Span<byte> padded = stackalloc byte[BlockSize];
        padded.Clear();
        var rest = from < message.Length ? message[from..] : default;
        rest.CopyTo(padded);
        if (from <= message.Length)
        {
            padded[rest.Length] = 0x80;
        }

        if (block == BlocksOf(message.Length) - 1)
        {
            BinaryPrimitives.WriteUInt64BigEndian(padded[^8..], 8 * (ulong)message.Length);
        }

        Load(padded, words, lane);
    }

    private static void Load(ReadOnlySpan<byte> block, Span<uint> words, int lane)
    {
        var source = MemoryMarshal.Cast<byte, uint>(block);
        for (var i = 0; i < BlockWords; i++)
        {
            words[(i * Lanes) + lane] = BitConverter.IsLittleEndian
                ? BinaryPrimitives.ReverseEndianness(source[i])
                : source[i];
        }
    }

    private static void HashAlone(
        ReadOnlySpan<byte> bytes,
        ReadOnlySpan<int> starts,
        ReadOnlySpan<int> lengths,
        Span<byte> digests,
        int message
    ) =>
        SHA256.HashData(
            bytes.Slice(starts[message], lengths[message]),
            digests.Slice(DigestSize * message, DigestSize)
        );
}
