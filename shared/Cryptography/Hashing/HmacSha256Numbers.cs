using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Lace.Cryptography.Hashing;

/// <summary>HMAC-SHA-256 (RFC 2104) of numbers, each as eight bytes, big-endian, several at a time.</summary>
/// <remarks>Holds what follows from the key, and no more, until it is disposed: it may be used by any number of threads.</remarks>
public sealed class HmacSha256Numbers : IDisposable
{
    public const int MacSize = 32;

    private const uint End = 0x8000_0000;

    private readonly byte[] key;
    private readonly uint[] inner;
    private readonly uint[] outer;

    /// <param name="key">At most 64 bytes.</param>
    public HmacSha256Numbers(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, Sha256Lanes.BlockSize, nameof(key));
        this.key = key.ToArray();
        (inner, outer) = (StateAfter(key, 0x36), StateAfter(key, 0x5c));
    }

    /// <summary>The MACs of <paramref name="first"/>, <paramref name="first"/> + 1, …, as many as fit into <paramref name="macs"/>.</summary>
    public void Of(long first, Span<byte> macs)
    {
        Span<ulong> numbers = stackalloc ulong[Sha256Lanes.Lanes];
        for (; macs.Length >= MacSize; macs = macs[Math.Min(macs.Length, numbers.Length * MacSize)..])
        {
            foreach (ref var number in numbers)
            {
                number = (ulong)first++;
            }

            Of(numbers[..Math.Min(numbers.Length, macs.Length / MacSize)], macs);
        }
    }

    /// <summary>The MACs of numbers, one behind the other.</summary>
    public void Of(ReadOnlySpan<ulong> numbers, Span<byte> macs)
    {
        if (!Vector256.IsHardwareAccelerated)
        {
            Span<byte> message = stackalloc byte[sizeof(ulong)];
            foreach (var number in numbers)
            {
                BinaryPrimitives.WriteUInt64BigEndian(message, number);
                HMACSHA256.HashData(key, message, macs);
                macs = macs[MacSize..];
            }

            return;
        }

        Span<uint> state = stackalloc uint[inner.Length];
        Span<uint> words = stackalloc uint[Sha256Lanes.BlockWords * Sha256Lanes.Lanes];
        while (!numbers.IsEmpty)
        {
            words.Clear();
            var count = Math.Min(Sha256Lanes.Lanes, numbers.Length);
            for (var lane = 0; lane < count; lane++)
            {
                words[lane] = (uint)(numbers[lane] >> 32);
                words[Sha256Lanes.Lanes + lane] = (uint)(numbers[lane] & uint.MaxValue);
            }

            Finish(inner, words, sizeof(ulong) / 4, state);
            words.Clear();
            state.CopyTo(words);
            Finish(outer, words, Sha256Lanes.StateWords, state);
            for (var lane = 0; lane < count; lane++)
            {
                Sha256Rounds.Store(state, lane, macs);
                macs = macs[MacSize..];
            }

            numbers = numbers[count..];
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(key);
        Array.Clear(inner);
        Array.Clear(outer);
    }

    // The last block of a message whose first block, the key's, is in the state already.
    private static void Finish(uint[] start, Span<uint> words, int length, Span<uint> state)
    {
        words.Slice(length * Sha256Lanes.Lanes, Sha256Lanes.Lanes).Fill(End);
        words[^Sha256Lanes.Lanes..].Fill((uint)(8 * (Sha256Lanes.BlockSize + (4 * length))));
        start.CopyTo(state);
        Sha256Rounds.Compress(state, words);
    }

    private static uint[] StateAfter(ReadOnlySpan<byte> key, byte pad)
    {
        Span<byte> block = stackalloc byte[Sha256Lanes.BlockSize];
        block.Clear();
        key.CopyTo(block);
        var state = new uint[Sha256Lanes.StateWords * Sha256Lanes.Lanes];
        var words = new uint[Sha256Lanes.BlockWords * Sha256Lanes.Lanes];
        for (var word = 0; word < Sha256Lanes.BlockWords; word++)
        {
            var plain = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * word)..]) ^ (pad * 0x0101_0101u);
            words.AsSpan(word * Sha256Lanes.Lanes, Sha256Lanes.Lanes).Fill(plain);
        }

        Sha256Rounds.Start(state);
        Sha256Rounds.Compress(state, words);
        return state;
    }
}
