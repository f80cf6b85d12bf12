using Lace.Platform;

namespace Lace.Emulator;

/// <summary>What Lambda does between an SQS queue and a function: gives it batches, deletes what was done, leaves the rest to come again.</summary>
/// <param name="batch">Most messages at once.</param>
/// <param name="visibility">After so long a message that was not done comes again.</param>
public sealed class QueueSource(IQueue queue, EmulatedFunction function, int batch, TimeSpan visibility)
    : IAsyncDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource stopping = new();
    private Task[] pollers = [];

    /// <param name="pollers">Batches under way at once.</param>
    public void Start(int pollers) => this.pollers = [.. Enumerable.Range(0, pollers).Select(_ => Task.Run(PollAsync))];

    /// <summary>Takes one batch through the function; how many messages came.</summary>
    public async Task<int> PollOnceAsync(CancellationToken cancellationToken = default)
    {
        var messages = await queue.ReceiveAsync(batch, visibility, cancellationToken);
        if (messages.Count == 0)
        {
            return 0;
        }

        var outcome = await function.InvokeAsync(QueueEvents.Of(messages), cancellationToken: cancellationToken);
        if (outcome.Answer is not null)
        {
            var done = QueueEvents.Done(messages, outcome.Json).Select(message => message.Receipt);
            await queue.CompleteAsync([.. done], cancellationToken);
        }

        return messages.Count;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(pollers);
        stopping.Dispose();
    }

    private async Task PollAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await PollOnceAsync(stopping.Token) == 0)
                {
                    await Task.Delay(Idle, stopping.Token);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (StorageException failure)
            {
                await Console.Error.WriteLineAsync($"queue {failure.Message}");
                await Task.Delay(Idle, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
