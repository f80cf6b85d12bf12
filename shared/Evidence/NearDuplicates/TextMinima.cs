using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

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
    private const int Width = 64;

    /// <summary>Bytes behind the last whole block that are copied to where all loads stay in bounds; more only behind a word of so many.</summary>
    private const int MaxRest = 256;

    /// <summary>What a code point of a script without spaces begins with, at least: none of fewer than three bytes is of one.</summary>
    private const byte LeastLead = 0xE0;

    // Entries 2 n and 2 n + 1: which bits of 16 loaded bytes are of a token of n bytes.
    private static readonly ulong[] Kept = [.. Enumerable.Range(0, 2 * (TokenHash.Step + 1)).Select(Mask)];

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

    // A normalised text has one space between words and none at its ends: no word is empty, and the last one has no space behind it.
    [SkipLocalsInit]
    private static void AddOfWords(ReadOnlySpan<byte> text, ref Shingles shingles)
    {
        var start = AddWord(text, AddWord(text, 0, ref shingles), ref shingles);
        // So far that the loads of a block and of a token stay in the text.
        var blocks = Math.Max(0, text.Length - TokenHash.Step) & -Width;
        start = AddWords(text, start, blocks, ref shingles);
        while (text.Length - start > MaxRest)
        {
            start = AddWord(text, start, ref shingles);
        }

        if (start < text.Length)
        {
            var rest = text[start..];
            Span<byte> padded = stackalloc byte[MaxRest + Width + TokenHash.Step];
            rest.CopyTo(padded);
            padded[rest.Length] = Space;
            AddWords(padded, 0, rest.Length + 1, ref shingles);
        }
    }

    /// <summary>Adds the words that end with a space before some place.</summary>
    /// <param name="end">As many bytes behind its block as a token has can be read.</param>
    /// <returns>Where the next word begins.</returns>
    private static int AddWords(scoped ReadOnlySpan<byte> text, int start, int end, ref Shingles shingles)
    {
        ref var from = ref MemoryMarshal.GetReference(text);
        ref var kept = ref MemoryMarshal.GetArrayDataReference(Kept);
        ref var minima = ref shingles.Minima;
        var bins = shingles.Bins;
        var (first, second) = (shingles.First, shingles.Second);
        for (var at = start & -Width; at < end; at += Width)
        {
            var mask = SpacesAt(ref from, at);
            mask = at < start ? mask & (ulong.MaxValue << (start - at)) : mask;
            mask = end - at < Width ? mask & ~(ulong.MaxValue << (end - at)) : mask;
            for (; mask != 0; mask &= mask - 1)
            {
                var length = at + BitOperations.TrailingZeroCount(mask) - start;
                ref var word = ref Unsafe.Add(ref from, start);
                ulong token;
                if (length <= TokenHash.Step)
                {
                    ref var ofLength = ref Unsafe.Add(ref kept, 2 * length);
                    token = TokenHash.OfShort(
                        Unsafe.ReadUnaligned<ulong>(ref word) & ofLength,
                        Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref word, sizeof(ulong)))
                            & Unsafe.Add(ref ofLength, 1),
                        length
                    );
                }
                else
                {
                    token = TokenHash.Of(text.Slice(start, length));
                }

                Keep(ref minima, bins, TokenHash.Shingle(first, second, token));
                (first, second) = (second, token);
                start += length + 1;
            }
        }

        (shingles.First, shingles.Second) = (first, second);
        return start;
    }

    // Returns where the next word begins.
    private static int AddWord(ReadOnlySpan<byte> text, int start, ref Shingles shingles)
    {
        if (start >= text.Length)
        {
            return start;
        }

        var rest = text[start..];
        var length = rest.IndexOf(Space) is >= 0 and var space ? space : rest.Length;
        shingles.Add(TokenHash.Of(rest[..length]));
        return start + length + 1;
    }

    // The range of a hash follows from its high half: 32 bits of number times bins, without the lowest 32, is below the bins.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(ref ulong minima, ulong bins, ulong hash)
    {
        ref var least = ref Unsafe.Add(ref minima, (nint)((hash >> 32) * bins >> 32));
        // The lesser one without a branch: nobody could guess which it is.
        var mask = 0UL - Unsafe.BitCast<bool, byte>(hash < least);
        least ^= (least ^ hash) & mask;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SpacesAt(ref byte from, int at)
    {
        var spaces = Vector256.Create(Space);
        var low = Vector256.Equals(Vector256.LoadUnsafe(ref from, (nuint)at), spaces);
        var high = Vector256.Equals(Vector256.LoadUnsafe(ref from, (nuint)(at + (Width / 2))), spaces);
        return low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << (Width / 2));
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
            Rune.DecodeFromUtf8(text[at..], out var rune, out var length);
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

    private static ulong Mask(int entry)
    {
        var bytes = Math.Clamp((entry / 2) - (entry % 2 * sizeof(ulong)), 0, sizeof(ulong));
        var mask = new byte[sizeof(ulong)];
        mask.AsSpan(0, bytes).Fill(byte.MaxValue);
        return BitConverter.ToUInt64(mask);
    }

    /// <summary>The last two tokens, and where the shingles that end with the next one go.</summary>
    [StructLayout(LayoutKind.Auto)]
    private ref struct Shingles(Span<ulong> minima)
    {
        public readonly ref ulong Minima = ref MemoryMarshal.GetReference(minima);
        public readonly ulong Bins = (ulong)minima.Length;
        public ulong First;
        public ulong Second;
        private int tokens;

        public void Add(ulong token)
        {
            if (tokens == MinHashScheme.Shingle - 1)
            {
                Keep(ref Minima, Bins, TokenHash.Shingle(First, Second, token));
            }
            else
            {
                tokens++;
            }

            (First, Second) = (Second, token);
        }
    }
}
