namespace Lace.Cryptography.Sealing;

/// <summary>Reads a stream in batches, transforms each on the thread pool while the next one is read, and writes the results in order.</summary>
/// <remarks>Memory: two batches in and out, whatever the length of the stream.</remarks>
internal sealed class ChunkPipeline(int inputBatch, int outputBatch, ChunkPipeline.Transform transform)
{
    /// <summary>Transforms a batch and returns the bytes of output, or -1 to stop. <paramref name="last"/>: the stream ends with it.</summary>
    public delegate int Transform(ReadOnlyMemory<byte> input, long batch, bool last, Memory<byte> output);

    /// <summary>False if the transform stopped; what it had given before has been written.</summary>
    public async Task<bool> RunAsync(Stream source, Stream destination, CancellationToken cancellationToken)
    {
        var current = new Batch(inputBatch, outputBatch);
        var next = new Batch(inputBatch, outputBatch);
        var writing = Task.CompletedTask;
        try
        {
            await current.FillAsync(source, inputBatch, cancellationToken);
            for (long number = 0; ; number++)
            {
                // One byte of the next batch tells whether this is the last.
                next.Count = 0;
                if (current.Count == inputBatch)
                {
                    await next.FillAsync(source, 1, cancellationToken);
                }

                var last = next.Count == 0;
                var (batch, index) = (current, number);
                var transforming = Task.Run(
                    () => transform(batch.Input.AsMemory(0, batch.Count), index, last, batch.Output),
                    cancellationToken
                );
                var reading = last ? Task.CompletedTask : next.FillAsync(source, inputBatch, cancellationToken);

                // Both, even if one of them fails: nothing may go on using the buffers.
                await Task.WhenAll(transforming, reading);
                var length = await transforming;
                await writing;
                if (length < 0)
                {
                    return false;
                }

                writing = destination.WriteAsync(batch.Output.AsMemory(0, length), cancellationToken).AsTask();
                if (last)
                {
                    return true;
                }

                (current, next) = (next, current);
            }
        }
        finally
        {
            await writing;
        }
    }

    private sealed class Batch(int inputSize, int outputSize)
    {
        public byte[] Input { get; } = GC.AllocateUninitializedArray<byte>(inputSize);

        public byte[] Output { get; } = GC.AllocateUninitializedArray<byte>(outputSize);

        public int Count { get; set; }

        public async Task FillAsync(Stream source, int upTo, CancellationToken cancellationToken)
        {
            while (Count < upTo)
            {
                var read = await source.ReadAsync(Input.AsMemory(Count, upTo - Count), cancellationToken);
                if (read == 0)
                {
                    return;
                }

                Count += read;
            }
        }
    }
}
