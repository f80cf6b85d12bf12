using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lace.Evidence.Fingerprints;

/// <summary>Normalisation N1 of the ASCII parts of a text, sixteen bytes at a time.</summary>
internal static class AsciiNormalizer
{
    /// <summary>Bytes that may be written behind the result.</summary>
    public const int Slack = 2 * Width;

    private const int Width = 16;

    // Entry m: which of eight bytes go first where those with a bit in m stay.
    private static readonly ulong[] Stay = [.. Enumerable.Range(0, 256).Select(Order)];

    /// <summary>
    /// Reads to the last ASCII byte that is followed by another one, as a mark may compose with one that is not. Every run of what is no letter or
    /// digit is written as one space at once.
    /// </summary>
    /// <param name="output">With room for what remains of the text, and <see cref="Slack"/>.</param>
    /// <param name="gap">Whether the output ends with a space, or is empty.</param>
    /// <returns>Where it stopped.</returns>
    public static int Read(ReadOnlySpan<byte> text, int at, Span<byte> output, ref int length, ref bool gap)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length - at + Slack, output.Length - length, nameof(text));
        ref var from = ref MemoryMarshal.GetReference(text);
        ref var to = ref MemoryMarshal.GetReference(output);
        ref var stay = ref MemoryMarshal.GetArrayDataReference(Stay);
        var (written, spaced) = (length, gap);
        while (at < text.Length)
        {
            var bytes = at + Width <= text.Length ? Vector128.LoadUnsafe(ref from, (nuint)at) : LoadLast(text[at..]);
            var count = AsciiOf(bytes, text, at);
            if (count <= 0)
            {
                break;
            }

            var lower = bytes | Vector128.Create((byte)0x20);
            var letters = InRange(lower, (byte)'a', 26);
            var kept = letters | InRange(bytes, (byte)'0', 10);
            var symbols = Vector128.ConditionalSelect(
                letters,
                lower,
                Vector128.ConditionalSelect(kept, bytes, Vector128.Create((byte)' '))
            );
            var mask = kept.ExtractMostSignificantBits();
            var all = (1u << count) - 1;
            var write = (mask | (mask << 1) | (spaced ? 0u : 1u)) & all;
            if (write == all)
            {
                symbols.StoreUnsafe(ref to, (nuint)written);
                written += count;
            }
            else
            {
                var (low, high) = (write & 0xFF, write >> 8);
                var packed = Vector128
                    .ShuffleNative(
                        symbols,
                        Vector128
                            .Create(Unsafe.Add(ref stay, low), Unsafe.Add(ref stay, high) + 0x0808_0808_0808_0808)
                            .AsByte()
                    )
                    .AsUInt64();
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, written), packed[0]);
                written += BitOperations.PopCount(low);
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, written), packed[1]);
                written += BitOperations.PopCount(high);
            }

            spaced = (mask >> (count - 1) & 1) == 0;
            at += count;
        }

        (length, gap) = (written, spaced);
        return at;
    }

    // How many bytes from the front are ASCII and followed by ASCII or the end.
    private static int AsciiOf(Vector128<byte> bytes, ReadOnlySpan<byte> text, int at)
    {
        var high = bytes.ExtractMostSignificantBits();
        if (high != 0)
        {
            return BitOperations.TrailingZeroCount(high) - 1;
        }

        var end = at + Width;
        return end < text.Length ? Width - (text[end] >> 7) : text.Length - at;
    }

    private static Vector128<byte> LoadLast(ReadOnlySpan<byte> text)
    {
        Span<byte> padded = stackalloc byte[Width];
        padded.Clear();
        text.CopyTo(padded);
        return Vector128.Create<byte>(padded);
    }

    private static Vector128<byte> InRange(Vector128<byte> bytes, byte first, byte count) =>
        Vector128.LessThan(bytes - Vector128.Create(first), Vector128.Create(count));

    private static ulong Order(int mask)
    {
        var (order, place) = (0UL, 0);
        for (var i = 0; i < 8; i++)
        {
            if ((mask >> i & 1) == 1)
            {
                order |= (ulong)i << (8 * place++);
            }
        }

        return order;
    }
}
