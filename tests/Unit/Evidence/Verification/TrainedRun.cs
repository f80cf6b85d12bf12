using System.Security.Cryptography;
using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.LossLog;

namespace Lace.Tests.Evidence.Verification;

/// <summary>
/// A run whose losses follow the features of its batches, or those of other ones: generated data, no model was trained. What a test
/// changes about it is set before <see cref="Verify"/>.
/// </summary>
internal sealed class TrainedRun
{
    public const string Id = "run-20261120-134601-ab12cd";
    public const string AttestationId = "lace-20261120-134501-x7k2p9";
    public const int Records = 1600;
    public const int BatchSize = 8;
    public const int Batches = Records / BatchSize;

    public static readonly DateTimeOffset Completed = DateTimeOffset.Parse("2026-11-20T13:45:30Z");
    public static readonly DateTimeOffset Created = Completed.AddSeconds(31);

    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);
    private static readonly RecordFeatures[] features = Features(new Random(5));

    /// <summary>The one chunk of the dataset, as it was sent.</summary>
    public static readonly ParsedChunk Chunk = Committed();

    public static readonly MerkleHash Root = DatasetRoot.FromChunkRoots([Chunk.Root]);
    public static readonly MerkleHash Nonce = Hash(9);

    public TrainedRun(BatchOrder order = BatchOrder.Epoch, int epochs = 2)
    {
        Facts = new(Id, order, Root, Nonce, Created, Offline: false, Closed: true, [], new Dictionary<string, long>());
        Attestation = new(AttestationId, true, Root, Records, [Chunk.Root], Completed);
        Orders = [.. Enumerable.Range(0, epochs).Select(epoch => Slices(epoch, order))];
        Points =
        [
            .. Orders.SelectMany((batches, epoch) => batches.Select((batch, k) => (batch, k, epoch))).Select(Point),
        ];
    }

    public RunFacts Facts { get; set; }

    public AttestationFacts Attestation { get; set; }

    /// <summary>Batches of each epoch as they are committed.</summary>
    public List<int[][]> Orders { get; }

    /// <summary>As logged. Changing the batch of one changes what is claimed, not what was trained.</summary>
    public List<LossPoint> Points { get; }

    public bool CommitAfterLoss { get; set; }

    public bool WithTails { get; set; } = true;

    /// <summary>Batches before which each epoch's commitment is opened; the whole epoch where null.</summary>
    public int? TailAt { get; set; }

    public FinishItem? Finish { get; set; } = new(0, -1, 0);

    /// <summary>What follows the items of each epoch's order.</summary>
    public List<LossItem> ExtraOrders { get; } = [];

    public int SegmentPoints { get; set; } = 25;

    /// <summary>How long after its newest point a segment is received.</summary>
    public Func<int, TimeSpan> Delay { get; set; } = _ => TimeSpan.FromSeconds(1);

    public bool TamperStored { get; set; }

    /// <summary>What the log was found to show; <see cref="LogCheckTests"/> have the real facts.</summary>
    public Check? Log { get; set; } = new(CheckNames.TransparencyLog, CheckStatus.Passed, "As given by the test.");

    public VerificationResult Verify(params string[] otherRuns) =>
        RunVerification.Evaluate(
            new(Attestation, Facts, Replay(), index => index < Records ? features[index] : null, otherRuns, Log),
            Created.AddHours(1)
        );

    public RecordedRun? Replay() =>
        RecordedRun.Replay(
            Id,
            Root,
            Bodies().Select(sent => new ReceivedSegment(LossLogScript.Read(sent.Body), sent.ReceivedAt))
        );

    /// <summary>The segments as they are sent, and when each is received.</summary>
    public IReadOnlyList<(byte[] Body, DateTimeOffset ReceivedAt)> Bodies()
    {
        var script = new LossLogScript(Id, Root, Key);
        var times = new List<DateTimeOffset>();
        var now = Created;
        void Send(params IEnumerable<LossItem> items)
        {
            var list = items.ToArray();
            var newest = list.OfType<PointItem>().Select(item => (long?)item.Point.AtMilliseconds).Max();
            now = newest is { } at
                ? DateTimeOffset.FromUnixTimeMilliseconds(at).Add(Delay(times.Count))
                : now.AddMilliseconds(10);
            script.Segment(list);
            times.Add(now);
        }

        Send(new StartItem(Created.ToUnixTimeMilliseconds(), "ab", false));
        foreach (var (epoch, points) in ByEpoch())
        {
            var chain = OrderCommitment.Chain(Orders[epoch]);
            var order = new OrderItem(epoch, Orders[epoch].Sum(batch => batch.Length), Orders[epoch].Length, chain[0]);
            if (!CommitAfterLoss)
            {
                Send([order, .. ExtraOrders]);
            }

            for (var i = 0; i < points.Length; i += SegmentPoints)
            {
                Send(points.Skip(i).Take(SegmentPoints).Select(point => new PointItem(point)));
            }

            if (CommitAfterLoss)
            {
                Send(order);
            }

            if (WithTails)
            {
                var next = TailAt ?? chain.Length - 1;
                Send(new TailItem(epoch, next, chain[next]));
            }
        }

        if (Finish is { } finish)
        {
            Send(finish.Points < 0 ? finish with { Points = Points.Count } : finish);
        }

        if (TamperStored)
        {
            script.Bodies[2][200] ^= 1;
        }

        return [.. script.Bodies.Zip(times)];
    }

    /// <summary>The losses are those of other batches, drawn at random.</summary>
    public void TrainOnOtherBatches(Range points)
    {
        var random = new Random(77);
        var (from, count) = points.GetOffsetAndLength(Points.Count);
        for (var i = from; i < from + count; i++)
        {
            int[] other = [.. Enumerable.Range(0, BatchSize).Select(_ => random.Next(Records))];
            Points[i] = Points[i] with { Loss = Loss(i, other) };
        }
    }

    private IEnumerable<(int Epoch, LossPoint[] Points)> ByEpoch() =>
        Orders.Select((batches, epoch) => (epoch, Points.Skip(epoch * Batches).Take(batches.Length).ToArray()));

    private LossPoint Point((int[] Batch, int K, int Epoch) at)
    {
        var step = (at.Epoch * Batches) + at.K;
        MicroBatch micro = Facts.Order switch
        {
            BatchOrder.Streamed => new(at.Batch),
            _ => new(at.Batch, at.Epoch, at.K),
        };
        return new(
            step,
            Loss(step, at.Batch),
            Facts.Order == BatchOrder.Unknown ? null : [micro],
            Tokens: at.Batch.Sum(index => features[index][0] / 3),
            AtMilliseconds: Created.ToUnixTimeMilliseconds() + 5000 + (200 * step)
        );
    }

    private double Loss(int step, int[] batch)
    {
        double nats = batch.Sum(index => features[index][2]);
        double bytes = batch.Sum(index => features[index][0]);
        var noise = (new Random(step).NextDouble() - 0.5) * 0.02;
        return 2 + (2 * Math.Exp(-step / 80.0)) + (nats / RecordFeatures.NatsScale / bytes) + noise;
    }

    private static int[][] Slices(int epoch, BatchOrder order)
    {
        var permutation =
            order == BatchOrder.Nonce
                ? NonceOrder.Permutation(NonceOrder.Seed(Root, Nonce), epoch, Records)
                : Shuffled(new Random(100 + epoch));
        return [.. permutation.Chunk(BatchSize)];
    }

    private static int[] Shuffled(Random random)
    {
        var order = Enumerable.Range(0, Records).ToArray();
        random.Shuffle(order);
        return order;
    }

    private static RecordFeatures[] Features(Random random)
    {
        var made = new RecordFeatures[Records];
        for (var i = 0; i < Records; i++)
        {
            var bytes = random.Next(100, 400);
            made[i][0] = bytes;
            var difficulty = 1.5 + random.NextDouble();
            for (var k = 1; k <= 3; k++)
            {
                made[i][k] = (long)(
                    RecordFeatures.NatsScale * bytes * (difficulty + (0.1 * random.NextDouble())) * (1.2 - (0.2 * k))
                );
            }

            for (var k = 4; k < RecordFeatures.Count; k++)
            {
                made[i][k] = random.Next(bytes / 4);
            }
        }

        return made;
    }

    private static ParsedChunk Committed()
    {
        using var chunk = new MemoryStream();
        chunk.Write(DatasetChunk.Header(AttestationId, 0, Records));
        var entry = new byte[DatasetEntry.MaxLength];
        for (var i = 0; i < Records; i++)
        {
            chunk.Write(entry, 0, DatasetEntry.Write(entry, Hash((byte)i), features[i]));
        }

        return DatasetChunk.TryParse(chunk.ToArray(), AttestationId, 0, out var parsed, out var error)
            ? parsed
            : throw new InvalidDataException(error.ToString());
    }

    private static MerkleHash Hash(byte seed) => new(SHA256.HashData([seed]));
}
