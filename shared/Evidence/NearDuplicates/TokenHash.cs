using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Lace.Evidence.NearDuplicates;

/// <summary>
/// Hashes of tokens and shingles: products of 128 bits folded to 64, as in wyhash (Wang Yi, 2019). Public, as they only choose; what is stored of a
/// text is keyed.
/// </summary>
internal static class TokenHash
{
    /// <summary>Bytes that are hashed at once.</summary>
    public const int Step = 16;

    private const ulong Token = 0x9E37_79B9_7F4A_7C15;
    private const ulong High = 0xD6E8_FEB8_6659_FD93;
    private const ulong First = 0xBF58_476D_1CE4_E5B9;
    private const ulong Second = 0x94D0_49BB_1331_11EB;

    /// <summary>Of a token of up to 16 bytes.</summary>
    /// <param name="low">Its first eight bytes, little-endian, zeros behind them.</param>
    /// <param name="high">The next ones.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfShort(ulong low, ulong high, int length) => Fold((ulong)length ^ low ^ (high * High), Token);

    /// <summary>Of any token: its length, and with each 16 bytes what came before.</summary>
    public static ulong Of(ReadOnlySpan<byte> token)
    {
        var hash = (ulong)token.Length;
        Span<byte> last = stackalloc byte[Step];
        for (; token.Length > Step; token = token[Step..])
        {
            hash = With(hash, token);
        }

        last.Clear();
        token.CopyTo(last);
        return With(hash, last);
    }

    /// <summary>Of three tokens in their order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Shingle(ulong first, ulong second, ulong third) =>
        Fold((first * First) + (second * Second) + third, Token);

    private static ulong With(ulong hash, ReadOnlySpan<byte> bytes) =>
        Fold(
            hash
                ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)
                ^ (BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ulong)..]) * High),
            Token
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong value, ulong factor)
    {
        var high = Math.BigMul(value, factor, out var low);
        return high ^ low;
    }
}
