using System.Collections.Concurrent;

namespace Lace.Evidence.Datasets;

/// <summary>A fixed number of batches: who wants one waits until one is given back, which bounds the memory of a pass.</summary>
internal sealed class BatchPool : IDisposable
{
    private readonly BlockingCollection<RecordBatch> free = [];

    public BatchPool(int count)
    {
        for (var i = 0; i < count; i++)
        {
            free.Add(new RecordBatch());
        }
    }

    public RecordBatch Take(CancellationToken cancellationToken) => free.Take(cancellationToken);

    public void Return(RecordBatch batch) => free.Add(batch, CancellationToken.None);

    public void Dispose() => free.Dispose();
}
