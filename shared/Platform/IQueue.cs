namespace Lace.Platform;

/// <summary>At-least-once delivery of opaque messages of at most 256 KiB. No order is promised.</summary>
public interface IQueue
{
    /// <summary>Durable when the call returns.</summary>
    Task SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default);

    /// <summary>
    /// Up to <paramref name="max"/> messages, hidden from other receivers for <paramref name="visibility"/>; then they come again.
    /// A message that was received <see cref="MaxReceives"/> times without being completed goes to the dead letters.
    /// </summary>
    Task<IReadOnlyList<QueueMessage>> ReceiveAsync(
        int max,
        TimeSpan visibility,
        CancellationToken cancellationToken = default
    );

    /// <summary>Done with these messages; receipts that are no longer valid are ignored. One of an earlier delivery may still complete its message.</summary>
    Task CompleteAsync(IReadOnlyList<string> receipts, CancellationToken cancellationToken = default);

    /// <summary>Messages given up on, oldest first. Their receipts are empty: only <see cref="RedriveAsync"/> brings them back.</summary>
    Task<IReadOnlyList<QueueMessage>> DeadLettersAsync(int max, CancellationToken cancellationToken = default);

    /// <summary>Puts all dead letters back; returns how many.</summary>
    Task<int> RedriveAsync(CancellationToken cancellationToken = default);

    int MaxReceives { get; }
}

/// <param name="SentAt">When the queue accepted the message, by the queue's own clock.</param>
/// <param name="ReceiveCount">1 on first delivery.</param>
public sealed record QueueMessage(
    string Id,
    string Receipt,
    ReadOnlyMemory<byte> Body,
    DateTimeOffset SentAt,
    int ReceiveCount
);
