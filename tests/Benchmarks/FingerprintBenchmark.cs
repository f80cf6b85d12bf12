using System.Diagnostics;
using System.Globalization;
using Lace.Evidence.Fingerprints;
using Lace.Tests.Evidence.Fingerprints;

namespace Lace.Benchmarks;

/// <summary>
/// <c>fingerprint [CASES]</c>: shared runs that are missed, of so many random pairs (a million); false positives beside the formula; recall of edited
/// real text, whole and by its bands; nanoseconds a byte of each stage; a question to a filter over 1 GB of text. <c>fingerprint near</c>: the bands alone.
/// </summary>
internal static class FingerprintBenchmark
{
    public const string Name = "fingerprint";

    private static readonly byte[] Salt = [.. Enumerable.Range(0, FingerprintScheme.SaltSize).Select(i => (byte)i)];

    public static int Run(string[] args)
    {
        if (args is ["near"])
        {
            NearDuplicateRecall.Run();
            return 0;
        }

        var cases = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var missed = 0;
        var time = Time(() => missed = SharedRuns.Missed(new Random(1), cases));
        Console.WriteLine($"shared runs of 111 bytes and more: {missed} of {cases} missed ({time.TotalSeconds:F1} s)");
        var inText = SharedRuns.MissedInText(new Random(2), cases / 10);
        Console.WriteLine($"shared runs of text of many scripts: {inText} of {cases / 10} missed");
        var fits = FalsePositivesBesideFormula();
        FingerprintRecall.Run();
        NearDuplicateRecall.Run();
        Stages();
        Question();
        return missed == 0 && inText == 0 && fits ? 0 : 1;
    }

    /// <summary>Whether the measured rates are within 5 % of the formula.</summary>
    private static bool FalsePositivesBesideFormula()
    {
        var fits = true;
        var random = new Random(2);
        foreach (var bitsPerKey in (int[])[10, 12, 16])
        {
            const int keys = 2_000_000;
            var filter = new BlockedBloomFilter((long)keys * bitsPerKey / BlockedBloomFilter.BlockBits);
            filter.Add(Keys(random, keys));
            const int tries = 20_000_000;
            var found = Keys(random, tries).LongCount(filter.Has);
            var (measured, formula) = ((double)found / tries, FalsePositives.Rate(keys, filter.Blocks));
            fits &= Math.Abs((measured / formula) - 1) <= 0.05;
            Console.WriteLine(
                $"false positives at {bitsPerKey} bits a key: {measured:P4} measured, {formula:P4} by the formula ({(measured / formula) - 1:+0.0%;-0.0%}), {filter.Fill().FalsePositiveRate:P4} by the fill"
            );
        }

        return fits;
    }

    private static void Stages()
    {
        var stream = new MemoryStream();
        new WordModel(7).WriteJsonLines(stream, 64 << 20);
        var text = stream.ToArray();
        var normalizer = new TextNormalizer();
        var places = new List<int>();
        var fingerprints = new List<ulong>();
        byte[] normalised = [];
        var maker = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, Salt));
        Print("normalise", Time(() => normalised = normalizer.Normalize(text).ToArray()), text.Length);
        Print("winnow", Time(() => Winnowing.Select(normalised, places)), normalised.Length);
        Print("normalise, winnow, SipHash", Time(() => maker.Add(text, fingerprints)), text.Length);
        var filter = new BlockedBloomFilter(1 << 20);
        var keys = Keys(new Random(4), 4_000_000);
        var insert = Time(() => filter.Add(keys));
        Console.WriteLine($"  insert into 64 MiB: {insert.TotalNanoseconds / keys.Length:F1} ns a key");

        static void Print(string stage, TimeSpan time, int bytes) =>
            Console.WriteLine(
                $"  {stage, -28} {time.TotalNanoseconds / bytes:F2} ns/B, {bytes / time.TotalMicroseconds:F0} MB/s"
            );
    }

    /// <summary>An article of 5 kB and a filter with 750,000 blocks: 48 MB, as of 1 GB of text without duplicates.</summary>
    private static void Question()
    {
        const long blocks = 750_000;
        const int rounds = 50;
        var filter = new BlockedBloomFilter(blocks);
        filter.Add(Keys(new Random(5), (int)blocks * 32));
        var stream = new MemoryStream();
        new WordModel(8).WriteJsonLines(stream, 5_200);
        var text = stream.ToArray();
        var maker = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, Salt));
        IReadOnlyList<TextWindow> windows = [];
        var make = Time(() => windows = maker.Of(text, out _));
        ulong[] asked = [.. windows.Select(window => window.Fingerprint)];
        HeldFilter held = null!;
        var hash = Time(() => held = new HeldFilter(filter));
        OpenedBlocks proof = held.Open(asked);
        var open = Time(() =>
        {
            for (var i = 0; i < rounds; i++)
            {
                proof = held.Open(asked);
            }
        });
        var holds = true;
        var check = Time(() =>
        {
            for (var i = 0; i < rounds; i++)
            {
                holds &= proof.Prove(asked, blocks, held.Root);
            }
        });
        Console.WriteLine(
            $"question about {text.Length} bytes, {asked.Length} fingerprints, to a filter of 48 MB: {proof.Blocks.Length + (32 * proof.Hashes.Count)} bytes of proof; made of the text in {make.TotalMilliseconds:F2} ms, opened in {open.TotalMilliseconds / rounds:F2} ms, checked in {check.TotalMilliseconds / rounds:F2} ms: {holds}; the whole filter hashed once in {hash.TotalMilliseconds:F0} ms"
        );
    }

    private static ulong[] Keys(Random random, int count)
    {
        var keys = new ulong[count];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(keys.AsSpan()));
        return keys;
    }

    private static TimeSpan Time(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start);
    }
}
