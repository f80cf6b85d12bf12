using System.Numerics;
using System.Text;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Benchmarks;

/// <summary>
/// What bands of four to eight rows find of edited real texts, by their exact Jaccard similarity, and of texts that are no copies. Without the filter's own
/// chance, so that it is the scheme that is measured.
/// </summary>
internal static class NearDuplicateRecall
{
    private const int Documents = 1500;

    private static readonly int[] Rows = [4, 5, 6, 8];

    private static readonly TextNormalizer Normalizer = new();

    public static void Run()
    {
        var books = FingerprintTexts.Sample("other-books");
        var gospels = FingerprintTexts.Sample("gospels-acts");
        var jargon = FingerprintTexts.Sample("jargon");
        if (!FingerprintTexts.ArePackagesThere)
        {
            return;
        }

        var manuals = FingerprintTexts.Manuals();
        var gcide = FingerprintTexts.Dictionary("gcide");
        var wordNet = FingerprintTexts.Dictionary("wn");
        var foldoc = FingerprintTexts.Dictionary("foldoc");
        string[] members = [.. books, .. manuals, .. gcide];
        Console.WriteLine($"near-duplicates: bands of {members.Length} documents, {MinHashScheme.Bands} each");
        var random = new Random(3);
        string[] vocabulary = [.. members.SelectMany(FingerprintRecall.Words).Distinct()];
        string[] asked = [.. members];
        random.Shuffle(asked);
        asked = [.. asked.Take(Documents)];
        var edited = asked
            .SelectMany(text =>
                Enumerable
                    .Range(0, 4)
                    .Select(_ => FingerprintRecall.Edit(text, 0.16 * random.NextDouble(), vocabulary, random))
                    .Select(edit => (Similarity: Jaccard(text, edit), Edit: edit))
            )
            .ToArray();
        foreach (var rows in Rows)
        {
            var all = Bands(members, rows);
            Console.WriteLine($"  {rows} rows, {MinHashScheme.Bands * rows} bins");
            foreach (
                var (low, texts) in edited
                    .GroupBy(one => (int)((one.Similarity * 20) + 1) / 2 * 10)
                    .OrderBy(g => g.Key)
                    .Select(g => (g.Key, g))
            )
            {
                if (low is >= 30 and <= 90)
                {
                    Report(
                        $"edited, Jaccard {low / 100.0:F1} ± 0.05 ({texts.Count()})",
                        texts.Select(one => one.Edit),
                        all,
                        rows
                    );
                }
            }

            Report("relatives: King James, Gospels and Acts", gospels, all, rows);
            Report("relatives: WordNet, beside gcide", wordNet, all, rows);
            var only = Bands(manuals, rows);
            Report("strangers: King James", [.. books, .. gospels], only, rows);
            Report("strangers: gcide", gcide, only, rows);
            Report("strangers: WordNet", wordNet, only, rows);
            Report("strangers: foldoc", foldoc, only, rows);
            Report("strangers: Jargon File", jargon, only, rows);
            LeaveOneOut("manual pages, each beside the others", manuals, rows);
            LeaveOneOut("gcide, each part beside the others", gcide, rows);
        }
    }

    private static void Report(string what, IEnumerable<string> texts, HashSet<ulong> bands, int rows)
    {
        int[] hits =
        [
            .. texts
                .Select(text => Keys(text, rows))
                .Where(keys => keys.Length > 0)
                .Select(keys => keys.Count(bands.Contains)),
        ];
        Print(what, hits);
    }

    // Hits by bands that no less than two documents have: what the others give each.
    private static void LeaveOneOut(string what, List<string> texts, int rows)
    {
        ulong[][] keys = [.. texts.Select(text => Keys(text, rows)).Where(keys => keys.Length > 0)];
        var counts = new Dictionary<ulong, int>();
        foreach (var key in keys.SelectMany(one => one.Distinct()))
        {
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        Print(what, [.. keys.Select(one => one.Count(key => counts[key] > 1))]);
    }

    private static void Print(string what, int[] hits)
    {
        Console.WriteLine(
            $"    {what, -44} {hits.Average(), 5:F2} bands; from 1: {Share(1), 7:P2}, 2: {Share(2), 7:P2}, 3: {Share(3), 7:P2}, 4: {Share(4), 7:P2}, 6: {Share(6), 7:P2} of {hits.Length}"
        );

        double Share(int least) => hits.Average(count => count >= least ? 1.0 : 0);
    }

    private static HashSet<ulong> Bands(IEnumerable<string> texts, int rows) =>
        [.. texts.SelectMany(text => Keys(text, rows))];

    /// <summary>A number for each band and its minima; none where a text has too few bins of its own.</summary>
    private static ulong[] Keys(string text, int rows)
    {
        var minima = new ulong[MinHashScheme.Bands * rows];
        TextMinima.Of(Normalizer.Normalize(Encoding.UTF8.GetBytes(text)), minima);
        if (Densification.Filled(minima) * MinHashScheme.Bins < minima.Length * MinHashScheme.MinBins)
        {
            return [];
        }

        var dense = new ulong[minima.Length];
        Densification.Fill(minima, dense);
        return
        [
            .. dense
                .Chunk(rows)
                .Select(
                    (band, number) =>
                        band.Aggregate(
                            (ulong)number,
                            (key, minimum) => BitOperations.RotateLeft(key ^ minimum, 29) * 0x9E37_79B9_7F4A_7C15
                        )
                ),
        ];
    }

    private static double Jaccard(string one, string other)
    {
        var (a, b) = (Shingles(one), Shingles(other));
        var both = a.Count(b.Contains);
        return (double)both / (a.Count + b.Count - both);
    }

    private static HashSet<(string, string, string)> Shingles(string text)
    {
        var words = FingerprintRecall.Words(text);
        return
        [
            .. Enumerable.Range(0, Math.Max(0, words.Length - 2)).Select(i => (words[i], words[i + 1], words[i + 2])),
        ];
    }
}
