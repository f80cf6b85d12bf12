using System.Threading.Channels;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Attest;

/// <summary>Sends chunks while they are computed, a few at a time, and collects their roots.</summary>
internal sealed class ChunkUploads(LaceApi api, AttestationProgress progress)
{
    private const int Parallel = 4;

    private readonly List<MerkleHash> roots = [];
    private int sent;

    public IReadOnlyList<MerkleHash> Roots => roots;

    /// <summary>Chunks that the service did not have yet.</summary>
    public int Sent => sent;

    public async Task SendAsync(
        Func<CancellationToken, IEnumerable<CommittedChunk>> chunks,
        CancellationToken cancellationToken
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var queue = Channel.CreateBounded<CommittedChunk>(Parallel);
        Task[] tasks =
        [
            Guarded(() => ProduceAsync(chunks(stop.Token), queue.Writer, stop.Token), stop),
            .. Enumerable.Range(0, Parallel).Select(_ => Guarded(() => ConsumeAsync(queue.Reader, stop.Token), stop)),
        ];
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // One task failed and stopped the others: its failure is the one to tell.
            throw tasks.First(task => task.IsFaulted).Exception!.InnerException!;
        }
    }

    private static Task Guarded(Func<Task> work, CancellationTokenSource stop) =>
        Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        });

    private async Task ProduceAsync(
        IEnumerable<CommittedChunk> chunks,
        ChannelWriter<CommittedChunk> writer,
        CancellationToken cancellationToken
    )
    {
        foreach (var chunk in chunks)
        {
            roots.Add(chunk.Root);
            if (!progress.Has(chunk.Number) && progress.Status != "complete")
            {
                await writer.WriteAsync(chunk, cancellationToken);
            }
        }

        writer.Complete();
    }

    private async Task ConsumeAsync(ChannelReader<CommittedChunk> reader, CancellationToken cancellationToken)
    {
        await foreach (var chunk in reader.ReadAllAsync(cancellationToken))
        {
            await api.PutAsync($"v1/attestations/{progress.Id}/chunks/{chunk.Number}", chunk.Bytes, cancellationToken);
            Interlocked.Increment(ref sent);
        }
    }
}
