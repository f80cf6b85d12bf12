using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lace.Evidence.NearDuplicates;

/// <summary>
/// One-permutation MinHash (Li, Owen and Zhang, 2012) of the shingles of a normalised text: each hash belongs to one of so many equal ranges, and of each
/// range the least is kept.
/// </summary>
internal static class TextMinima
{
    /// <summary>A bin without a shingle.</summary>
    public const ulong Empty = ulong.MaxValue;

    private const byte Space = (byte)' ';

    /// <summary>What a code point of a script without spaces begins with, at least: none of fewer than three bytes is of one.</summary>
    private const byte LeastLead = 0xE0;

    /// <param name="text">By N1.</param>
    /// <param name="minima">One for each bin.</param>
    public static void Of(ReadOnlySpan<byte> text, Span<ulong> minima)
    {
        minima.Fill(Empty);
        var shingles = new Shingles(minima);
        if (text.ContainsAnyInRange(LeastLead, byte.MaxValue))
        {
            AddOfAnyScript(text, ref shingles);
        }
        else
        {
            AddOfWords(text, ref shingles);
        }
    }

    private static void AddOfWords(ReadOnlySpan<byte> text, ref Shingles shingles)
    {
        ref var from = ref MemoryMarshal.GetReference(text);
        var spaces = Vector256.Create(Space);
        var start = 0;
        var at = 0;
        for (; at + Vector256<byte>.Count <= text.Length; at += Vector256<byte>.Count)
        {
            var mask = Vector256
                .Equals(Vector256.LoadUnsafe(ref from, (nuint)at), spaces)
                .ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1)
            {
                var end = at + BitOperations.TrailingZeroCount(mask);
                shingles.Add(WordHash(text, start, end - start));
                start = end + 1;
            }
        }

        for (; at <= text.Length; at++)
        {
            if (at == text.Length ? start < at : text[at] == Space)
            {
                shingles.Add(WordHash(text, start, at - start));
                start = at + 1;
            }
        }
    }

    // A normalised text has one space between words and none at its ends, so no word is empty.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WordHash(ReadOnlySpan<byte> text, int start, int length)
    {
        const int size = sizeof(ulong);
        if (length > size || start + size > text.Length || !BitConverter.IsLittleEndian)
        {
            return TokenHash.Of(text.Slice(start, length));
        }

        var word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), start));
        return TokenHash.OfShort(word & (ulong.MaxValue >> (8 * (size - length))), length);
    }

    private static void AddOfAnyScript(ReadOnlySpan<byte> text, ref Shingles shingles)
    {
        var start = 0;
        for (var at = 0; at < text.Length; )
        {
            if (text[at] < LeastLead)
            {
                if (text[at] == Space)
                {
                    AddWord(text[start..at], ref shingles);
                    start = at + 1;
                }

                at++;
                continue;
            }

            // Normalised text is valid UTF-8.
            System.Text.Rune.DecodeFromUtf8(text[at..], out var rune, out var length);
            if (UnspacedScripts.Have(rune.Value))
            {
                AddWord(text[start..at], ref shingles);
                shingles.Add(TokenHash.Of(text.Slice(at, length)));
                start = at + length;
            }

            at += length;
        }

        AddWord(text[start..], ref shingles);
    }

    private static void AddWord(ReadOnlySpan<byte> word, ref Shingles shingles)
    {
        if (!word.IsEmpty)
        {
            shingles.Add(TokenHash.Of(word));
        }
    }

    /// <summary>The last two tokens, and where the shingles that end with the next one go.</summary>
    private ref struct Shingles(Span<ulong> minima)
    {
        private readonly Span<ulong> minima = minima;
        private ulong first;
        private ulong second;
        private int tokens;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(ulong token)
        {
            var hash = TokenHash.Shingle(first, second, token);
            (first, second) = (second, token);
            if (tokens < MinHashScheme.Shingle - 1)
            {
                tokens++;
                return;
            }

            // The product of a hash and a number is below that number in its high half: no bin is out of range.
            var bin = (nint)Math.BigMul(hash, (ulong)minima.Length, out _);
            ref var least = ref Unsafe.Add(ref MemoryMarshal.GetReference(minima), bin);
            least = Math.Min(least, hash);
        }
    }
}
