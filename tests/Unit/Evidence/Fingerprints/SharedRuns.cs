using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Evidence.Fingerprints;

/// <summary>Two texts that share a run of at least 111 bytes and nothing else on purpose; also compiled into the benchmarks.</summary>
internal static class SharedRuns
{
    /// <summary>How many of so many random pairs have no fingerprint of the run in common.</summary>
    public static int Missed(Random random, int cases)
    {
        var missed = 0;
        var (one, other) = (new List<int>(), new List<int>());
        for (var i = 0; i < cases; i++)
        {
            // Runs of equal letters and of few letters make ties; a run at an edge has windows that are cut off.
            var letters = random.Next(4) switch
            {
                0 => 1,
                1 => 2,
                _ => 26,
            };
            var shared = Text(random, FingerprintScheme.Guarantee + (random.Next(2) * random.Next(200)), letters);
            var first = Around(random, shared, out var firstAt);
            var second = Around(random, shared, out var secondAt);
            one.Clear();
            other.Clear();
            Winnowing.Select(first, one);
            Winnowing.Select(second, other);
            var grams = one.Where(at => IsInside(at - firstAt, shared.Length))
                .Select(at => Gram(first, at))
                .ToHashSet();
            if (!other.Any(at => IsInside(at - secondAt, shared.Length) && grams.Contains(Gram(second, at))))
            {
                missed++;
            }
        }

        return missed;
    }

    /// <summary>The same from text to fingerprint: runs of many scripts, marks and signs between words of their own, in other case and punctuation.</summary>
    public static int MissedInText(Random random, int cases)
    {
        var maker = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, new byte[16]));
        var normalizer = new TextNormalizer();
        var (missed, made) = (0, 0);
        while (made < cases)
        {
            var shared = Runes(random, random.Next(40, 300));
            if (normalizer.Normalize(System.Text.Encoding.UTF8.GetBytes(shared)).Length < FingerprintScheme.Guarantee)
            {
                continue;
            }

            made++;
            var one = Of($"{Runes(random, random.Next(60))} {shared} {Runes(random, random.Next(60))}");
            one.IntersectWith(Of($"{Runes(random, random.Next(60))}\n\n({shared})\t{Runes(random, random.Next(60))}"));
            missed += one.Count == 0 ? 1 : 0;
        }

        return missed;

        HashSet<ulong> Of(string text) =>
            [.. maker.Of(System.Text.Encoding.UTF8.GetBytes(text), out _).Select(window => window.Fingerprint)];
    }

    private static string Runes(Random random, int count)
    {
        (int First, int Last)[] pools =
        [
            ('a', 'z'),
            ('A', 'Z'),
            (' ', '@'),
            (0xC0, 0x24F),
            (0x300, 0x36F),
            (0x391, 0x3C9),
            (0x410, 0x44F),
            (0x5D0, 0x5EA),
            (0x905, 0x94D),
            (0x1100, 0x11FF),
            (0x3041, 0x30FF),
            (0x4E00, 0x9FFF),
            (0xAC00, 0xD7A3),
            (0xFF01, 0xFF9F),
            (0x1D400, 0x1D454),
        ];
        var text = new System.Text.StringBuilder();
        var (first, last) = pools[random.Next(pools.Length)];
        for (var i = 0; i < count; i++)
        {
            if (random.Next(6) == 0)
            {
                (first, last) = pools[random.Next(pools.Length)];
            }

            text.Append(new System.Text.Rune(random.Next(first, last + 1)).ToString());
        }

        return text.ToString();
    }

    private static bool IsInside(int at, int length) => at >= 0 && at <= length - FingerprintScheme.Gram;

    private static string Gram(byte[] text, int at) =>
        System.Text.Encoding.Latin1.GetString(text, at, FingerprintScheme.Gram);

    private static byte[] Around(Random random, byte[] shared, out int at)
    {
        var before = Text(random, random.Next(3) == 0 ? 0 : random.Next(150), 26);
        var after = Text(random, random.Next(3) == 0 ? 0 : random.Next(150), 26);
        at = before.Length;
        return [.. before, .. shared, .. after];
    }

    private static byte[] Text(Random random, int length, int letters)
    {
        var text = new byte[length];
        for (var i = 0; i < length; i++)
        {
            text[i] = (byte)('a' + random.Next(letters));
        }

        return text;
    }
}
