using Lace.Evidence.LossLog;

namespace Lace.Evidence.Verification;

/// <summary>One announced pass over the data and the batches that its points revealed.</summary>
/// <param name="seq">Number of the segment that announced it.</param>
internal sealed class OrderPass(OrderItem order, long seq)
{
    public OrderItem Order => order;

    public long Seq => seq;

    public List<(long Position, IReadOnlyList<int> Records, int Point)> Batches { get; } = [];

    /// <summary>The first position that may come next.</summary>
    public long Next { get; private set; }

    /// <summary>How many batches from position 0 are known without a hole.</summary>
    public int Contiguous { get; private set; }

    /// <summary>Positions that were passed over: no point names them, though a later one is named.</summary>
    public long Skipped => Next - Batches.Count;

    /// <summary>Records of a full batch, from the batches that were revealed.</summary>
    public long BatchSize =>
        Batches[0].Position < order.Batches - 1 ? Batches[0].Records.Count
        : order.Batches == 1 ? order.Records
        : (order.Records - Batches[0].Records.Count) / (order.Batches - 1);

    public void Add(long position, IReadOnlyList<int> records, int point)
    {
        Contiguous += position == Contiguous && Batches.Count == Contiguous ? 1 : 0;
        Batches.Add((position, records, point));
        Next = position + 1;
    }

    /// <summary>A pass over the attested records: all of them, or all but a last short batch. Validation is over fewer.</summary>
    public bool IsOfDataset(long records) => order.Records <= records && 2 * order.Records > records;
}
