namespace Lace.Cryptography.Sealing;

/// <summary>Workers that take turns: each reads a chunk, transforms it in place while others read and write, and writes it in order.</summary>
/// <remarks>A chunk stays in one buffer, and so in the cache of one core, from reading to writing. Memory: a chunk a worker.</remarks>
internal sealed class ChunkPipeline(int workers, int inputSize, int outputSize, ChunkPipeline.Transform transform)
    : IDisposable
{
    private readonly SemaphoreSlim reading = new(1, 1);

    // Of whoever holds the semaphore.
    private readonly byte[] ahead = new byte[1];
    private int aheadCount;
    private long next;
    private bool ended;
    private Task<bool> written = Task.FromResult(true);

    // Raised by any worker, and never lowered.
    private volatile bool failed;

    /// <summary>Transforms the first <paramref name="count"/> bytes of a buffer and returns how many there are then, or -1 to stop. <paramref name="last"/>: the stream ends with them.</summary>
    /// <param name="worker">No two calls at a time have the same.</param>
    public delegate int Transform(int worker, Span<byte> buffer, int count, long chunk, bool last);

    /// <summary>Runs once. False if the transform stopped; what it had given before has been written.</summary>
    public async Task<bool> RunAsync(Stream source, Stream destination, CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, workers)
                .Select(worker =>
                    Task.Run(() => WorkAsync(worker, source, destination, cancellationToken), cancellationToken)
                )
        );
        return await written;
    }

    public void Dispose() => reading.Dispose();

    private async Task WorkAsync(int worker, Stream source, Stream destination, CancellationToken cancellationToken)
    {
        // One byte more than a chunk tells whether this is the last.
        var buffer = GC.AllocateUninitializedArray<byte>(Math.Max(inputSize + 1, outputSize));
        while (await TakeTurnAsync(source, buffer, cancellationToken) is { } turn)
        {
            var good = false;
            try
            {
                var length = transform(worker, buffer, turn.Count, turn.Chunk, turn.Last);
                if (await turn.Before && length >= 0)
                {
                    await destination.WriteAsync(buffer.AsMemory(0, length), cancellationToken);
                    good = true;
                }
            }
            finally
            {
                failed = failed || !good;
                turn.Written.SetResult(good);
            }
        }
    }

    private async Task<Turn?> TakeTurnAsync(Stream source, byte[] buffer, CancellationToken cancellationToken)
    {
        await reading.WaitAsync(cancellationToken);
        var good = false;
        try
        {
            var turn = ended || failed ? null : await ReadAsync(source, buffer, cancellationToken);
            good = true;
            return turn;
        }
        finally
        {
            failed = failed || !good;
            reading.Release();
        }
    }

    private async Task<Turn> ReadAsync(Stream source, byte[] buffer, CancellationToken cancellationToken)
    {
        ahead.AsSpan(0, aheadCount).CopyTo(buffer);
        var rest = buffer.AsMemory(aheadCount, inputSize + 1 - aheadCount);
        var count = aheadCount + await source.ReadAtLeastAsync(rest, rest.Length, false, cancellationToken);
        ended = count <= inputSize;
        aheadCount = ended ? 0 : 1;
        ahead[0] = buffer[inputSize];
        var turn = new Turn(next++, Math.Min(count, inputSize), ended, written);
        written = turn.Written.Task;
        return turn;
    }

    private sealed record Turn(long Chunk, int Count, bool Last, Task<bool> Before)
    {
        public TaskCompletionSource<bool> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
