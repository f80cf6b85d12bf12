using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Fingerprints;
using Lace.Tests.Evidence.Fingerprints;

namespace Lace.Benchmarks;

/// <summary>
/// <c>fingerprint [CASES]</c>: shared runs that are missed, of so many random pairs (a million); false positives beside the formula; recall of edited
/// real text; nanoseconds a byte of each stage; a question to a filter over 1 GB of text.
/// </summary>
internal static class FingerprintBenchmark
{
    public const string Name = "fingerprint";

    private static readonly byte[] Salt = [.. Enumerable.Range(0, FingerprintScheme.SaltSize).Select(i => (byte)i)];

    public static int Run(string[] args)
    {
        var cases = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var missed = 0;
        var time = Time(() => missed = SharedRuns.Missed(new Random(1), cases));
        Console.WriteLine($"shared runs of 111 bytes and more: {missed} of {cases} missed ({time.TotalSeconds:F1} s)");
        FalsePositivesBesideFormula();
        Recall();
        Stages();
        Question();
        return missed == 0 ? 0 : 1;
    }

    private static void FalsePositivesBesideFormula()
    {
        var random = new Random(2);
        foreach (var bitsPerKey in (int[])[10, 12, 16])
        {
            const int keys = 2_000_000;
            var filter = new BlockedBloomFilter((long)keys * bitsPerKey / BlockedBloomFilter.BlockBits);
            filter.Add(Keys(random, keys));
            const int tries = 20_000_000;
            var found = Keys(random, tries).LongCount(filter.Has);
            var (measured, formula) = ((double)found / tries, FalsePositives.Rate(keys, filter.Blocks));
            Console.WriteLine(
                $"false positives at {bitsPerKey} bits a key: {measured:P4} measured, {formula:P4} by the formula ({(measured / formula) - 1:+0.0%;-0.0%}), {filter.Fill().FalsePositiveRate:P4} by the fill"
            );
        }
    }

    /// <summary>Documents of more than 2 kB out of the sample data: of the King James text every other one is a member, the jargon file is none.</summary>
    private static void Recall()
    {
        var bible = Documents("other-books.jsonl.gz").Concat(Documents("gospels-acts.jsonl.gz")).ToArray();
        var members = bible.Where((_, i) => i % 2 == 0).ToArray();
        var maker = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, Salt));
        var keys = new List<ulong>();
        foreach (var member in members)
        {
            maker.Add(Encoding.UTF8.GetBytes(member), keys);
        }

        var filter = new BlockedBloomFilter(BlockedBloomFilter.BlocksFor(keys.Distinct().Count()));
        filter.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(keys));
        var rate = filter.Fill().FalsePositiveRate;
        var vocabulary = members.SelectMany(text => text.Split(' ')).Distinct().ToArray();
        var random = new Random(3);
        Console.WriteLine(
            $"recall: {members.Length} member documents over 2 kB, {keys.Count} fingerprints; share of windows hit, documents with at least 10 % and 30 %, verdict PRESENT"
        );
        foreach (var edits in (double[])[0, 0.01, 0.02, 0.05, 0.1, 0.2])
        {
            Report($"{edits:P0} words replaced", members.Select(text => Edit(text, edits, vocabulary, random)));
        }

        Report(
            "case and punctuation",
            members.Select(text =>
                text.ToUpperInvariant().Replace(' ', '\n').Replace(",", " --", StringComparison.Ordinal)
            )
        );
        Report("other half of the same books", bible.Where((_, i) => i % 2 == 1));
        Report("jargon file, not a member", Documents("jargon.jsonl.gz"));

        void Report(string what, IEnumerable<string> texts)
        {
            var shares = new List<double>();
            var verdicts = new int[3];
            foreach (var text in texts)
            {
                ulong[] asked = [.. maker.Of(Encoding.UTF8.GetBytes(text), out _).Select(window => window.Fingerprint)];
                bool[] found = [.. asked.Select(filter.Has)];
                shares.Add(found.Average(hit => hit ? 1.0 : 0));
                verdicts[(int)ExclusionFindings.Of(asked, found, rate).Verdict]++;
            }

            Console.WriteLine(
                $"  {what, -30} {shares.Average():F3}  {shares.Average(s => s >= 0.1 ? 1.0 : 0), 6:P1}  {shares.Average(s => s >= 0.3 ? 1.0 : 0), 6:P1}   CLEAR {verdicts[(int)ExclusionVerdict.Clear]}, INCONCLUSIVE {verdicts[(int)ExclusionVerdict.Inconclusive]}, PRESENT {verdicts[(int)ExclusionVerdict.Present]} of {shares.Count}"
            );
        }
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

    /// <summary>151 windows, as of 5 kB of text, of a filter with 750,000 blocks: 48 MB, as of 1 GB of text.</summary>
    private static void Question()
    {
        const long blocks = 750_000;
        var filter = new BlockedBloomFilter(blocks);
        filter.Add(Keys(new Random(5), (int)blocks * 32));
        var asked = Keys(new Random(6), 151);
        var indices = OpenedBlocks.Indices(asked, blocks);
        var siblings = BlockTree.Siblings(indices, blocks);
        Lace.Evidence.Transparency.MerkleHash[] hashes = [];
        var prove = Time(() =>
            hashes = [
                .. siblings.Select(range => BlockTree.Head(range.First, filter.Bytes(range.First, (int)range.Count))),
            ]
        );
        byte[] opened = [.. indices.SelectMany(index => filter.Block(index).ToArray())];
        var root = BlockTree.Head(filter);
        var proof = new OpenedBlocks(opened, hashes);
        var holds = false;
        var verify = Time(() => holds = proof.Prove(asked, blocks, root));
        Console.WriteLine(
            $"question of {asked.Length} fingerprints to 48 MB: {opened.Length + (32 * hashes.Length)} bytes of proof, made without kept nodes in {prove.TotalMilliseconds:F0} ms, checked in {verify.TotalMilliseconds:F1} ms: {holds}"
        );
    }

    // Records of one file joined to documents, as verses to chapters.
    private static List<string> Documents(string file)
    {
        var path = Path.Combine(Root(), "samples", "data", file);
        using var lines = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var documents = new List<string>();
        var document = new StringBuilder();
        while (lines.ReadLine() is { } line)
        {
            using var record = JsonDocument.Parse(line);
            document.Append(record.RootElement.GetProperty("text").GetString()).Append('\n');
            if (document.Length > 3000)
            {
                documents.Add(document.ToString());
                document.Clear();
            }
        }

        return documents;
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Lace.Cloud.sln")))
        {
            folder =
                Path.GetDirectoryName(folder.TrimEnd('/'))
                ?? throw new DirectoryNotFoundException("Not in the repository.");
        }

        return folder;
    }

    private static string Edit(string text, double share, string[] vocabulary, Random random) =>
        string.Join(
            ' ',
            text.Split(' ')
                .Select(word => random.NextDouble() < share ? vocabulary[random.Next(vocabulary.Length)] : word)
        );

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
