using System.Text;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.LossLog;

internal enum ItemType
{
    None,
    Start,
    Order,
    Point,
    Tail,
    Finish,
}

[Flags]
internal enum Field
{
    None = 0,
    Type = 1,
    At = 1 << 1,
    Process = 1 << 2,
    Resumed = 1 << 3,
    Epoch = 1 << 4,
    Records = 1 << 5,
    Batches = 1 << 6,
    Commit = 1 << 7,
    Next = 1 << 8,
    Chain = 1 << 9,
    Points = 1 << 10,
    Dropped = 1 << 11,
    Step = 1 << 12,
    Loss = 1 << 13,
    LearningRate = 1 << 14,
    Tokens = 1 << 15,
    Steps = 1 << 16,
    Batch = 1 << 17,
}

/// <summary>The members of one item while it is read, before it is known which type they make.</summary>
internal struct ItemFields
{
    /// <summary>Most frequent first: the reader compares in this order.</summary>
    public static readonly (byte[] Name, Field Field)[] Names =
    [
        .. new (string Name, Field Field)[]
        {
            ("type", Field.Type),
            ("step", Field.Step),
            ("loss", Field.Loss),
            ("at", Field.At),
            ("lr", Field.LearningRate),
            ("tokens", Field.Tokens),
            ("steps", Field.Steps),
            ("batch", Field.Batch),
            ("epoch", Field.Epoch),
            ("next", Field.Next),
            ("chain", Field.Chain),
            ("records", Field.Records),
            ("batches", Field.Batches),
            ("commit", Field.Commit),
            ("process", Field.Process),
            ("resumed", Field.Resumed),
            ("points", Field.Points),
            ("dropped", Field.Dropped),
        }.Select(entry => (Encoding.ASCII.GetBytes(entry.Name), entry.Field)),
    ];

    public Field Seen;
    public ItemType Type;
    public long At;
    public string? Process;
    public bool Resumed;
    public int Epoch;
    public long Records;
    public long Batches;
    public MerkleHash Commit;
    public long Next;
    public MerkleHash Chain;
    public long Points;
    public long Dropped;
    public long Step;
    public double Loss;
    public double? LearningRate;
    public long? Tokens;
    public int? Steps;
    public List<MicroBatch>? Batch;

    private const Field OptionalOfPoint = Field.LearningRate | Field.Tokens | Field.Steps | Field.Batch;

    /// <exception cref="SegmentFormatException">The members are not those of the item's type.</exception>
    public readonly LossItem ToItem()
    {
        var (required, optional) = Type switch
        {
            ItemType.Start => (Field.At | Field.Process | Field.Resumed, Field.None),
            ItemType.Order => (Field.Epoch | Field.Records | Field.Batches | Field.Commit, Field.None),
            ItemType.Point => (Field.Step | Field.Loss | Field.At, OptionalOfPoint),
            ItemType.Tail => (Field.Epoch | Field.Next | Field.Chain, Field.None),
            ItemType.Finish => (Field.At | Field.Points | Field.Dropped, Field.None),
            _ => throw new SegmentFormatException("an item without type"),
        };
        required |= Field.Type;
        if ((Seen & required) != required || (Seen & ~(required | optional)) != Field.None)
        {
            throw new SegmentFormatException($"an item of type {Type} lacks a member or has a foreign one");
        }

        return Type switch
        {
            ItemType.Start => new StartItem(At, Process!, Resumed),
            ItemType.Order => new OrderItem(Epoch, Records, Batches, Commit),
            ItemType.Tail => new TailItem(Epoch, Next, Chain),
            ItemType.Finish => new FinishItem(At, Points, Dropped),
            _ => new PointItem(new LossPoint(Step, Loss, Batch, Tokens, LearningRate, Steps ?? 1, At)),
        };
    }
}
