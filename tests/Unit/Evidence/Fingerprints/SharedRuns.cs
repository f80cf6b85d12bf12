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
