using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Lace.Evidence.Fingerprints;

namespace Lace.Benchmarks;

/// <summary>How much of real texts is found: members, edited members, strangers; beside the table of the specification.</summary>
internal static class FingerprintRecall
{
    /// <summary>As many documents as the specification's table is of.</summary>
    private const int Documents = 1500;

    private static readonly byte[] Salt = [.. Enumerable.Range(0, FingerprintScheme.SaltSize).Select(i => (byte)i)];

    /// <summary>Share of words edited; the specification's mean share of windows hit, documents with at least 10 % and 30 %.</summary>
    private static readonly (double Edits, double Mean, double Tenth, double Third)[] Specified =
    [
        (0, 1, 1, 1),
        (0.01, 0.849, 1, 0.993),
        (0.02, 0.738, 0.996, 0.986),
        (0.05, 0.505, 0.984, 0.926),
        (0.10, 0.284, 0.944, 0.394),
        (0.20, 0.109, 0.401, 0.053),
    ];

    public static void Run()
    {
        var packages = FingerprintTexts.ArePackagesThere;
        var books = FingerprintTexts.Sample("other-books");
        var gospels = FingerprintTexts.Sample("gospels-acts");
        var jargon = FingerprintTexts.Sample("jargon");
        List<(string Name, List<string> Texts)> members = [("King James, Genesis to Malachi and letters", books)];
        if (packages)
        {
            members.Add(("manual pages", FingerprintTexts.Manuals()));
            members.Add(("dictionary (gcide)", FingerprintTexts.Dictionary("gcide")));
        }
        else
        {
            Console.WriteLine("The Debian packages are not under out/texts: recall on the sample data alone.");
        }

        var maker = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, Salt));
        var (filter, fingerprints, bytes) = Fill(maker, members.SelectMany(corpus => corpus.Texts));
        var rate = filter.Fill().FalsePositiveRate;
        Console.WriteLine(
            $"real text: {bytes / 1e6:F1} MB in {members.Sum(corpus => corpus.Texts.Count)} documents of {string.Join(", ", members.Select(corpus => corpus.Name))}; {fingerprints} fingerprints, filter {filter.Blocks * BlockedBloomFilter.BlockSize / 1e6:F2} MB = {filter.Blocks * BlockedBloomFilter.BlockSize * 1e3 / bytes:F1} MB a GB, false positives {rate:P3}"
        );
        Console.WriteLine($"  {"", -44} hit    >= 10 %  >= 30 %   verdicts");
        var random = new Random(3);
        var all = members.SelectMany(corpus => corpus.Texts).ToArray();
        random.Shuffle(all);
        string[] asked = [.. all.Take(Documents)];
        string[] vocabulary = [.. all.SelectMany(Words).Distinct()];
        foreach (var (edits, mean, tenth, third) in Specified)
        {
            Report($"{edits:P0} of words edited", asked.Select(text => Edit(text, edits, vocabulary, random)));
            Console.WriteLine($"    {"specification", -42} {mean:F3}  {tenth, 6:P1}   {third, 6:P1}");
        }

        Report(
            "case, punctuation and spacing changed",
            asked.Select(text =>
                text.ToUpperInvariant()
                    .Replace(" ", " \n", StringComparison.Ordinal)
                    .Replace(",", " --", StringComparison.Ordinal)
            )
        );
        Report("relatives: King James, Gospels and Acts", gospels);
        if (packages)
        {
            // Its editors took definitions from WordNet.
            Report("relatives: WordNet, beside gcide", FingerprintTexts.Dictionary("wn"));
            (filter, _, _) = Fill(maker, members[1].Texts);
            rate = filter.Fill().FalsePositiveRate;
            Console.WriteLine("  of the manual pages alone, with which these have nothing to do:");
            Report("strangers: King James, all", books.Concat(gospels));
            Report("strangers: dictionary (gcide)", members[2].Texts);
            Report("strangers: WordNet", FingerprintTexts.Dictionary("wn"));
            Report("strangers: dictionary of computing (foldoc)", FingerprintTexts.Dictionary("foldoc"));
        }

        Report("strangers: Jargon File", jargon);

        void Report(string what, IEnumerable<string> texts)
        {
            var (shares, hits) = (new List<double>(), new List<int>());
            var verdicts = new int[3];
            foreach (var text in texts)
            {
                ulong[] windows =
                [
                    .. maker.Of(Encoding.UTF8.GetBytes(text), out _).Select(window => window.Fingerprint),
                ];
                if (windows.Length == 0)
                {
                    continue;
                }

                bool[] found = [.. windows.Select(filter.Has)];
                shares.Add(found.Average(hit => hit ? 1.0 : 0));
                hits.Add(found.Count(hit => hit));
                verdicts[(int)ExclusionFindings.Of(windows, found, rate).Verdict]++;
            }

            Console.WriteLine(
                $"  {what, -44} {shares.Average():F3}  {Share(0.1), 6:P1}   {Share(0.3), 6:P1}   CLEAR {verdicts[(int)ExclusionVerdict.Clear]}, INCONCLUSIVE {verdicts[(int)ExclusionVerdict.Inconclusive]}, PRESENT {verdicts[(int)ExclusionVerdict.Present]} of {shares.Count}; {hits.Average():F2} hits each, most {hits.Max()}"
            );

            double Share(double least) => shares.Average(share => share >= least ? 1.0 : 0);
        }
    }

    private static (BlockedBloomFilter Filter, int Fingerprints, long Bytes) Fill(
        TextFingerprints maker,
        IEnumerable<string> texts
    )
    {
        var keys = new List<ulong>();
        var bytes = 0L;
        foreach (var text in texts)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            bytes += utf8.Length;
            maker.Add(utf8, keys);
        }

        var filter = new BlockedBloomFilter(BlockedBloomFilter.BlocksFor(keys.Distinct().Count()));
        filter.Add(CollectionsMarshal.AsSpan(keys));
        return (filter, keys.Count, bytes);
    }

    /// <summary>Words as the fingerprints see them: what is neither letter nor digit parts them.</summary>
    internal static string[] Words(string text) =>
        Encoding.UTF8.GetString(new TextNormalizer().Normalize(Encoding.UTF8.GetBytes(text))).Split(' ');

    /// <summary>Each word is edited with that probability: another word in its place, none, or another one behind it, a third each.</summary>
    internal static string Edit(string text, double share, string[] vocabulary, Random random) =>
        string.Join(
            ' ',
            Words(text)
                .Select(word =>
                    random.NextDouble() >= share
                        ? word
                        : random.Next(3) switch
                        {
                            0 => vocabulary[random.Next(vocabulary.Length)],
                            1 => "",
                            _ => $"{word} {vocabulary[random.Next(vocabulary.Length)]}",
                        }
                )
        );
}
