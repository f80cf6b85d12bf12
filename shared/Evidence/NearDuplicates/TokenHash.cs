using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Lace.Evidence.NearDuplicates;

/// <summary>
/// Hashes of tokens and shingles: products of 128 bits folded to 64, as in wyhash (Wang Yi, 2019). Public, as they only choose; what is stored of a
/// text is keyed.
/// </summary>
internal static class TokenHash
{
    private const ulong TokenFactor = 0x9E37_79B9_7F4A_7C15;
    private const ulong ShingleFactor = 0xD6E8_FEB8_6659_FD93;
    private const ulong First = 0xBF58_476D_1CE4_E5B9;
    private const ulong Second = 0x94D0_49BB_1331_11EB;

    /// <summary>Of a token of up to eight bytes.</summary>
    /// <param name="word">Its bytes, little-endian, zeros behind them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfShort(ulong word, int length) => Fold((ulong)length ^ word, TokenFactor);

    /// <summary>Of any token: its length, then word by word what came before with the next eight bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> token)
    {
        var hash = (ulong)token.Length;
        for (; token.Length >= sizeof(ulong); token = token[sizeof(ulong)..])
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(token), TokenFactor);
        }

        if (token.IsEmpty)
        {
            return hash;
        }

        var last = 0UL;
        for (var i = 0; i < token.Length; i++)
        {
            last |= (ulong)token[i] << (8 * i);
        }

        return Fold(hash ^ last, TokenFactor);
    }

    /// <summary>Of three tokens in their order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Shingle(ulong first, ulong second, ulong third) =>
        Fold((first * First) + (second * Second) + third, ShingleFactor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong value, ulong factor)
    {
        var high = Math.BigMul(value, factor, out var low);
        return high ^ low;
    }
}
