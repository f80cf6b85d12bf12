using System.IO.Compression;
using Lace.Evidence.Bundles;
using Lace.Evidence.Datasets;
using Lace.Evidence.Trajectories;

namespace Lace.Benchmarks;

/// <summary>
/// <c>text-sample DATASET FIELD RUN_LOG…</c>: the score of recorded runs with byte models of all records, and of ever smaller samples of them as a
/// dataset beyond the limit of the sample has (protocol.md §4).
/// </summary>
internal static class TextSampleBenchmark
{
    public const string Name = "text-sample";

    private const int Halvings = 8;

    public static int Run(string[] args)
    {
        if (args.Length < 3 || !args.Where((_, i) => i != 1).All(File.Exists))
        {
            Console.Error.WriteLine("usage: ./run bench text-sample DATASET FIELD RUN_LOG...");
            return 2;
        }

        var source = new DatasetSource(args[0], SourceFormats.OfPath(args[0])!.Value, () => Open(args[0]));
        var part = new DatasetPart(DatasetPartKind.Field, args[1]);
        var all = DatasetCounts.Take([source], part, 1, int.MaxValue).Sample;
        var committed = DatasetCounts.Take([source], part, 1).Sample.OneIn;
        var runs = args[2..].Select(path => (Path: path, Points: Points(path))).ToArray();
        for (var halving = 0; halving <= Halvings; halving++)
        {
            var sample = DatasetCounts.Take([source], part, 1, (int)(Cost(all) >> halving)).Sample;
            var features = Features(source, part, new FeatureScorer(sample, 1));
            var attested = sample.OneIn == committed ? ", as it is attested" : "";
            Console.WriteLine($"1 in {sample.OneIn} records, {Bytes(sample):N0} bytes of text{attested}");
            foreach (var (path, points) in runs)
            {
                var score = TrajectoryTest.Run(points, i => i < features.Count ? features[i] : null).Statistic;
                Console.WriteLine(
                    score is null
                        ? $"  {path, -40} no statistic"
                        : $"  {path, -40} score {score.Score, 6:F4}, p {score.TailProbability, 8:0.0E+0}, likelihood ratio 10^{score.Log10LikelihoodRatio, 5:F1}"
                );
            }
        }

        return 0;
    }

    private static long Bytes(TextSample sample) => sample.Records.ToArray().Sum(record => (long)record.Length);

    private static long Cost(TextSample sample) =>
        Bytes(sample) + ((long)TextSample.RecordCost * sample.Records.Length);

    private static List<RecordFeatures> Features(DatasetSource source, DatasetPart part, FeatureScorer scorer)
    {
        var features = new List<RecordFeatures>();
        var trained = new TrainedPart(part);
        var batch = new RecordBatch();
        foreach (var _ in new RecordFeed([source], () => batch).Batches())
        {
            for (var i = 0; i < batch.Count; i++)
            {
                features.Add(
                    trained.TryFind(batch[i], out var found)
                        ? scorer.Score(batch.FirstIndex + i, found)
                        : throw new InvalidDataException(trained.Missing)
                );
            }
        }

        return features;
    }

    private static LossPoint[] Points(string path)
    {
        using var file = File.OpenRead(path);
        return RunLogFile.Read(file, out var reason)?.Recorded is { } run
            ? [.. run.Points.Select(point => point.Item.Point)]
            : throw new InvalidDataException($"{path}: {reason ?? "its segments are no chain"}");
    }

    private static Stream Open(string path) =>
        SourceFormats.IsCompressed(path)
            ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress)
            : File.OpenRead(path);
}
