using System.Security.Cryptography;
using System.Text.Unicode;
using Lace.Cryptography.Hashing;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Benchmarks;

/// <summary><c>attest-stages FILE.jsonl [FIELD]</c>: what each step of <c>lace attest</c> costs on the first 64 MB of a file, on one thread.</summary>
internal static class AttestStages
{
    public const string Name = "attest-stages";
    private const int Rounds = 5;
    private const int Window = 64 << 20;

    public static Task<int> Run(string[] args)
    {
        if (args.Length == 0 || !File.Exists(args[0]))
        {
            Console.Error.WriteLine("usage: ./run bench attest-stages FILE.jsonl [FIELD]");
            return Task.FromResult(2);
        }

        var part = new DatasetPart(DatasetPartKind.Field, args.Length > 1 ? args[1] : "text");
        var bytes = new byte[Math.Min(Window, new FileInfo(args[0]).Length)];
        using (var file = File.OpenRead(args[0]))
        {
            file.ReadExactly(bytes);
        }

        // Whole lines only.
        bytes = bytes[..(bytes.AsSpan().LastIndexOf((byte)'\n') + 1)];
        Measure(bytes, part);
        return Task.FromResult(0);
    }

    private static void Measure(byte[] bytes, DatasetPart part)
    {
        DatasetSource source = new("memory", DatasetFormat.JsonLines, () => new MemoryStream(bytes));
        Report("cut into records, SHA-256 of the file", bytes, () => Batches(source).Sum(batch => batch.Count));
        var records = Batches(source).SelectMany(Records).ToArray();
        Report("SHA-256 of the file alone", bytes, () => SHA256.HashData(bytes)[0]);
        var trained = new TrainedPart(part);
        Report(
            "find the trained part",
            bytes,
            () => records.Sum(r => trained.TryFind(r, out var found) ? found.Length : 0)
        );
        Report("valid UTF-8", bytes, () => records.Count(r => Utf8.IsValid(r)));
        Report("hash for duplicates", bytes, () => records.Sum(r => (long)(DuplicateCounter.HashOf(r) & 1)));
        var parts = records.Select(r => trained.TryFind(r, out var found) ? found.ToArray() : []).ToArray();
        var scripts = new ScriptCounter();
        Report("scripts", bytes, () => Each(parts, p => scripts.Add(p, 1)));
        TextSample sample = null!;
        Report("sample records", bytes, () => (sample = Sample(parts)).Level);
        Report("count n-grams of the sample", bytes, () => Count(sample));
        FeatureScorer scorer = null!;
        Report(
            "count them and make the models",
            bytes,
            () => (scorer = new FeatureScorer(sample, 1)).SymbolCounts()[0]
        );
        Report(
            "score",
            bytes,
            () => Each(Even(parts), p => scorer.Nats(0, p)) + Each(Odd(parts), p => scorer.Nats(1, p))
        );
        Report("byte classes", bytes, () => Each(parts, Classes));
        var salts = new HmacSha256Numbers(new byte[32]);
        var digests = new byte[1 << 20];
        Report("cut, and salted digests", bytes, () => Batches(source).Sum(batch => Digests(batch, salts, digests)));
        var settings = new FingerprintSettings(FingerprintTier.Private, new byte[FingerprintScheme.SaltSize]);
        var normalizer = new TextNormalizer();
        Report("normalise", bytes, () => Each(parts, p => normalizer.Normalize(p)));
        var normalised = parts.Select(p => normalizer.Normalize(p).ToArray()).ToArray();
        var places = new List<int>();
        Report("choose grams", bytes, () => Each(normalised, p => Winnow(p, places)));
        var bands = new BandKeys(new byte[FingerprintScheme.SaltSize]);
        var bandKeys = new ulong[MinHashScheme.Bands];
        Report("bands for near-duplicates", bytes, () => Each(normalised, p => bands.TryMake(p, bandKeys)));
        var minima = new ulong[MinHashScheme.Bins];
        Report("of these the minima of shingles", bytes, () => Each(normalised, p => TextMinima.Of(p, minima)));
        var fingerprints = new TextFingerprints(settings);
        var keys = new List<ulong>();
        Report(
            "normalise, choose and hash grams",
            bytes,
            () =>
            {
                keys.Clear();
                return Each(parts, p => fingerprints.Add(p, keys));
            }
        );
        var all = keys.ToArray();
        Report(
            "count different keys, spool",
            bytes,
            () =>
            {
                var builder = new FilterBuilder(settings, Stream.Null);
                builder.Add(all, default);
                return builder.Distinct;
            }
        );
        BlockedBloomFilter filter = null!;
        Report(
            "add to the filter",
            bytes,
            () =>
            {
                filter = new BlockedBloomFilter(BlockedBloomFilter.BlocksFor(all.Length));
                filter.Add(all);
                return filter.Blocks;
            }
        );
        Report("root of the filter", bytes, () => BlockTree.Head(filter).GetHashCode());
    }

    private delegate void PartAction(ReadOnlySpan<byte> part);

    private static long Each(IEnumerable<byte[]> parts, PartAction action)
    {
        foreach (var part in parts)
        {
            action(part);
        }

        return 0;
    }

    private static TextSample Sample(byte[][] parts)
    {
        var sample = new TextSample();
        for (var i = 0; i < parts.Length; i++)
        {
            sample.Add(DuplicateCounter.HashOf(parts[i]), parts[i], 1 - (i & 1), i & 1);
        }

        return sample;
    }

    private static long Count(TextSample sample) =>
        NgramCounts.Of(sample, even: true).Trigrams.Length + NgramCounts.Of(sample, even: false).Trigrams.Length;

    private static IEnumerable<byte[]> Even(byte[][] parts) => parts.Where((_, i) => i % 2 == 0);

    private static IEnumerable<byte[]> Odd(byte[][] parts) => parts.Where((_, i) => i % 2 == 1);

    private static void Classes(ReadOnlySpan<byte> part)
    {
        var features = default(RecordFeatures);
        ByteClasses.Count(part, ref features);
    }

    private static void Winnow(ReadOnlySpan<byte> text, List<int> places)
    {
        places.Clear();
        Winnowing.Select(text, places);
    }

    private static int Digests(RecordBatch batch, HmacSha256Numbers salts, byte[] digests)
    {
        batch.Digest(salts, digests);
        return 1;
    }

    private static IEnumerable<RecordBatch> Batches(DatasetSource source)
    {
        var batch = new RecordBatch();
        return new RecordFeed([source], () => batch).Batches();
    }

    private static IEnumerable<byte[]> Records(RecordBatch batch) =>
        Enumerable.Range(0, batch.Count).Select(i => batch[i].ToArray());

    private static void Report(string stage, byte[] bytes, Func<long> work)
    {
        var best = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            work();
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalNanoseconds);
        }

        Console.WriteLine($"{stage, -40} {best / bytes.Length, 7:F2} ns/B");
    }
}
