using Lace.Platform;

namespace Lace.Functions.Telemetry;

/// <summary>A queue with its calls in traces, and its failures counted.</summary>
internal sealed class ObservedQueue(IQueue queue, Metrics metrics) : IQueue
{
    private readonly ObservedCalls calls = new("queue", Metric.StoreFailures, metrics);

    public int MaxReceives => queue.MaxReceives;

    public Task SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) =>
        calls.RunAsync("send", () => queue.SendAsync(body, cancellationToken));

    public Task<IReadOnlyList<QueueMessage>> ReceiveAsync(
        int max,
        TimeSpan visibility,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("receive", () => queue.ReceiveAsync(max, visibility, cancellationToken));

    public Task CompleteAsync(IReadOnlyList<string> receipts, CancellationToken cancellationToken = default) =>
        calls.RunAsync("complete", () => queue.CompleteAsync(receipts, cancellationToken));

    public Task<IReadOnlyList<QueueMessage>> DeadLettersAsync(int max, CancellationToken cancellationToken = default) =>
        calls.RunAsync("dead letters", () => queue.DeadLettersAsync(max, cancellationToken));

    public Task<int> RedriveAsync(CancellationToken cancellationToken = default) =>
        calls.RunAsync("redrive", () => queue.RedriveAsync(cancellationToken));
}
