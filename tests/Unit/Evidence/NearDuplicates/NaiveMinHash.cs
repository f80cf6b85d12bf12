using System.Numerics;
using System.Text;

namespace Lace.Tests.Evidence.NearDuplicates;

/// <summary>MH-1 as docs/formats/fingerprints.md says it, over sets, in numbers of any size.</summary>
internal static class NaiveMinHash
{
    private static readonly BigInteger Word = BigInteger.One << 64;

    private static readonly (int First, int Last)[] Unspaced =
    [
        (0x0E00, 0x0E7F),
        (0x0E80, 0x0EFF),
        (0x1000, 0x109F),
        (0x1780, 0x17FF),
        (0x3005, 0x3005),
        (0x3040, 0x309F),
        (0x30A0, 0x30FF),
        (0x31F0, 0x31FF),
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0xA9E0, 0xA9FF),
        (0xAA60, 0xAA7F),
        (0xF900, 0xFAFF),
        (0x1B000, 0x1B16F),
        (0x20000, 0x3FFFF),
    ];

    public static List<string> Tokens(string normalised)
    {
        var tokens = new List<string> { "" };
        foreach (var rune in normalised.EnumerateRunes())
        {
            if (rune.Value == ' ')
            {
                tokens.Add("");
            }
            else if (Unspaced.Any(block => block.First <= rune.Value && rune.Value <= block.Last))
            {
                tokens.Add(rune.ToString());
                tokens.Add("");
            }
            else
            {
                tokens[^1] += rune;
            }
        }

        return [.. tokens.Where(token => token.Length > 0)];
    }

    public static HashSet<ulong> Shingles(string normalised)
    {
        ulong[] tokens = [.. Tokens(normalised).Select(Token)];
        return
        [
            .. Enumerable
                .Range(0, Math.Max(0, tokens.Length - 2))
                .Select(i =>
                    Fold(
                        (tokens[i] * (BigInteger)0xBF58476D1CE4E5B9)
                            + (tokens[i + 1] * (BigInteger)0x94D049BB133111EB)
                            + tokens[i + 2]
                    )
                ),
        ];
    }

    /// <summary>Null where fewer than half of the bins have a shingle.</summary>
    public static ulong[]? Signature(IReadOnlySet<ulong> shingles, int bins)
    {
        var minima = new ulong?[bins];
        foreach (var shingle in shingles)
        {
            var bin = (int)((shingle >> 32) * (ulong)bins >> 32);
            minima[bin] = minima[bin] is { } other && other < shingle ? other : shingle;
        }

        return minima.Count(minimum => minimum is not null) < bins / 2
            ? null
            : [.. minima.Select((minimum, bin) => minimum ?? Borrowed(minima, bin))];
    }

    private static ulong Borrowed(ulong?[] minima, int bin)
    {
        for (var draw = 0; ; draw++)
        {
            var x = (((ulong)bin + 1) << 32) + (ulong)draw;
            x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
            x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
            x ^= x >> 31;
            if (minima[(int)(x * (BigInteger)minima.Length >> 64)] is { } minimum)
            {
                return minimum;
            }
        }
    }

    private static ulong Token(string token)
    {
        var bytes = Encoding.UTF8.GetBytes(token);
        var hash = (BigInteger)bytes.Length;
        for (var at = 0; at < bytes.Length; at += 16)
        {
            var part = new byte[16];
            bytes.AsSpan(at, Math.Min(16, bytes.Length - at)).CopyTo(part);
            var high = BitConverter.ToUInt64(part, 8) * (BigInteger)0xD6E8FEB86659FD93 % Word;
            hash = Fold(hash ^ BitConverter.ToUInt64(part) ^ high);
        }

        return (ulong)hash;
    }

    private static ulong Fold(BigInteger value)
    {
        var product = value % Word * 0x9E3779B97F4A7C15;
        return (ulong)(product % Word) ^ (ulong)(product / Word);
    }
}
