using System.Runtime.InteropServices;

namespace Lace.Evidence.Fingerprints;

/// <summary>Fingerprints that are left out of a public filter, by the first reason that holds.</summary>
/// <param name="Personal">Over an e-mail address, a telephone number or an IBAN.</param>
/// <param name="Digits">More than 30 % digits: a number in a form can be guessed.</param>
/// <param name="Repetitive">Less than one bit a byte: it says nothing about where it comes from.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SkippedGrams(long Personal, long Digits, long Repetitive)
{
    public long All => Personal + Digits + Repetitive;

    public static SkippedGrams operator +(SkippedGrams a, SkippedGrams b) =>
        new(a.Personal + b.Personal, a.Digits + b.Digits, a.Repetitive + b.Repetitive);

    public static SkippedGrams Add(SkippedGrams left, SkippedGrams right) => left + right;
}

/// <summary>What a gram is by itself: the same for who makes a filter and who asks it.</summary>
internal static class GramInformation
{
    private const int MaxDigits = FingerprintScheme.Gram * 3 / 10;
    private const int Scale = 1024;

    /// <summary>Bytes that have the two before them as their context.</summary>
    private const int Coded = FingerprintScheme.Gram - 2;

    // Entry s, n: the code length, in 1/1024 bit, of a byte that came s times in n after its context: (s + 1/256) / (n + 1).
    private static readonly int[,] Costs = MakeCosts();

    public static bool HasManyDigits(ReadOnlySpan<byte> gram)
    {
        var digits = 0;
        foreach (var symbol in gram)
        {
            digits += char.IsAsciiDigit((char)symbol) ? 1 : 0;
        }

        return digits > MaxDigits;
    }

    /// <summary>Whether an adaptive model of order 2, which knows nothing before the gram, codes it in less than one bit a byte.</summary>
    public static bool IsRepetitive(ReadOnlySpan<byte> gram)
    {
        var bits = 0;
        for (var i = 2; i < gram.Length; i++)
        {
            var (seen, followed) = (0, 0);
            for (var j = 2; j < i; j++)
            {
                if (gram[j - 1] == gram[i - 1] && gram[j - 2] == gram[i - 2])
                {
                    seen++;
                    followed += gram[j] == gram[i] ? 1 : 0;
                }
            }

            bits += Costs[followed, seen];
            if (bits >= Coded * Scale)
            {
                return false;
            }
        }

        return true;
    }

    private static int[,] MakeCosts()
    {
        var costs = new int[Coded, Coded];
        for (var seen = 0; seen < Coded; seen++)
        {
            for (var followed = 0; followed <= seen; followed++)
            {
                costs[followed, seen] = (int)Math.Round(Scale * -Math.Log2((followed + (1.0 / 256)) / (seen + 1)));
            }
        }

        return costs;
    }
}
