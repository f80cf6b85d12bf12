using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Lace.Tests.Evidence.Fingerprints;

/// <summary>Winnowing as docs/formats/fingerprints.md says it, gram by gram and window by window.</summary>
internal static class NaiveFingerprints
{
    private static readonly ulong[] Table =
    [
        .. Enumerable.Range(0, 256).Select(b => BitConverter.ToUInt64(SHA256.HashData([.. "lace-fp-1"u8, (byte)b]))),
    ];

    public static List<int> Select(ReadOnlySpan<byte> text)
    {
        var orders = new List<ulong>();
        for (var at = 0; at + 48 <= text.Length; at++)
        {
            ulong hash = 0;
            for (var i = 0; i < 48; i++)
            {
                hash ^= BitOperations.RotateLeft(Table[text[at + i]], 47 - i);
            }

            orders.Add(hash * 0x9E3779B97F4A7C15);
        }

        var chosen = new List<int>();
        for (var first = 0; first == 0 ? orders.Count > 0 : first + 64 <= orders.Count; first++)
        {
            var window = orders.GetRange(first, Math.Min(64, orders.Count));
            var least = window.Min();
            if (chosen.Count == 0 || chosen[^1] < first || orders[chosen[^1]] != least)
            {
                chosen.Add(first + window.LastIndexOf(least));
            }
        }

        return chosen;
    }

    /// <summary>A text over some letters, of which few make ties and repetitions frequent.</summary>
    public static byte[] Text(Random random, int length, int letters) =>
        [.. Enumerable.Range(0, length).Select(_ => (byte)('a' + random.Next(letters)))];

    /// <summary>As from a dictionary of a few words, so that texts repeat themselves.</summary>
    public static byte[] Words(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            text.Append(new string((char)('a' + random.Next(26)), 1 + random.Next(6))).Append(' ');
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
