using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.LossLog;

/// <summary>An accepted segment and the time at which the queue took it.</summary>
public sealed record ReceivedSegment(LossSegment Segment, DateTimeOffset ReceivedAt);

/// <summary>An item with the number of the segment that held it.</summary>
public sealed record Logged<T>(T Item, long Seq, DateTimeOffset ReceivedAt)
    where T : LossItem;

/// <summary>When a segment with points was made and when it came: milliseconds since the Unix epoch.</summary>
public sealed record SegmentTimes(long Seq, DateTimeOffset ReceivedAt, int Points, long OldestAt, long NewestAt);

/// <summary>What an accepted chain says, in the order in which it happened.</summary>
public sealed class RecordedRun
{
    private readonly List<Logged<PointItem>> points = [];
    private readonly List<Logged<OrderItem>> orders = [];
    private readonly List<Logged<TailItem>> tails = [];
    private readonly List<Logged<StartItem>> starts = [];
    private readonly List<SegmentTimes> times = [];

    private RecordedRun(string runId, MerkleHash root)
    {
        RunId = runId;
        Head = LossSegment.Origin(runId, root);
    }

    public string RunId { get; }

    public long Segments { get; private set; }

    /// <summary>Digest of the last segment, or the run's origin.</summary>
    public MerkleHash Head { get; private set; }

    public IReadOnlyList<Logged<PointItem>> Points => points;

    public IReadOnlyList<Logged<OrderItem>> Orders => orders;

    public IReadOnlyList<Logged<TailItem>> Tails => tails;

    public IReadOnlyList<Logged<StartItem>> Starts => starts;

    public IReadOnlyList<SegmentTimes> Times => times;

    public Logged<FinishItem>? Finish { get; private set; }

    /// <summary>When the first segment came, whatever it held.</summary>
    public DateTimeOffset? FirstReceivedAt { get; private set; }

    /// <summary>When the first segment with a point came.</summary>
    public DateTimeOffset? FirstLossAt => times.Count > 0 ? times[0].ReceivedAt : null;

    /// <summary>Reads segments that were accepted in this order.</summary>
    /// <returns>The run, or null where they are not one unbroken chain from the run's origin: then what is stored was changed.</returns>
    public static RecordedRun? Replay(string runId, MerkleHash root, IEnumerable<ReceivedSegment> segments)
    {
        var run = new RecordedRun(runId, root);
        foreach (var (segment, receivedAt) in segments)
        {
            if (
                segment.RunId != runId
                || segment.Seq != run.Segments
                || segment.Prev != run.Head
                || run.Finish is not null
            )
            {
                return null;
            }

            run.Add(segment, receivedAt);
        }

        return run;
    }

    private void Add(LossSegment segment, DateTimeOffset receivedAt)
    {
        Segments++;
        Head = segment.Digest;
        FirstReceivedAt ??= receivedAt;
        var before = points.Count;
        foreach (var item in segment.Items)
        {
            switch (item)
            {
                case PointItem point:
                    points.Add(new(point, segment.Seq, receivedAt));
                    break;
                case OrderItem order:
                    orders.Add(new(order, segment.Seq, receivedAt));
                    break;
                case TailItem tail:
                    tails.Add(new(tail, segment.Seq, receivedAt));
                    break;
                case StartItem start:
                    starts.Add(new(start, segment.Seq, receivedAt));
                    break;
                case FinishItem finish:
                    Finish = new(finish, segment.Seq, receivedAt);
                    break;
            }
        }

        if (points.Count > before)
        {
            var at = points.Skip(before).Select(point => point.Item.Point.AtMilliseconds);
            times.Add(new(segment.Seq, receivedAt, points.Count - before, at.Min(), at.Max()));
        }
    }
}
