using System.Diagnostics;
using System.Security.Cryptography;
using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;
using Lace.Functions.Telemetry;
using Lace.Platform;

namespace Lace.Functions.LossIngest;

/// <summary>Takes segments from the queue into the chains of their runs. Every message may come again, and in any order.</summary>
internal sealed class SegmentConsumer(
    IQueue queue,
    RunKeys keys,
    SegmentIntake intake,
    Metrics metrics,
    TimeProvider clock,
    ILogger<SegmentConsumer> logger
)
{
    /// <summary>Messages of one receive. Those of one run share one blob and one transaction.</summary>
    public const int BatchMessages = 64;

    private static readonly TimeSpan Visibility = TimeSpan.FromMinutes(1);

    /// <summary>Handles one batch; returns how many messages came.</summary>
    public async Task<int> HandleBatchAsync(CancellationToken cancellationToken)
    {
        var messages = await queue.ReceiveAsync(BatchMessages, Visibility, cancellationToken);
        var done = await HandleAsync(messages, cancellationToken);
        await queue.CompleteAsync(done, cancellationToken);
        return messages.Count;
    }

    /// <summary>Receipts of the messages that need not come again. A run whose store fails does not hold up the others.</summary>
    public async Task<IReadOnlyList<string>> HandleAsync(
        IReadOnlyList<QueueMessage> messages,
        CancellationToken cancellationToken
    )
    {
        if (messages.Count == 0)
        {
            return [];
        }

        // A message is the client's body as it is and carries no trace: a batch is not in the traces of the requests that sent it.
        using var span = Spans.Source.StartActivity("losses process", ActivityKind.Consumer);
        span?.SetTag("messaging.batch.message_count", messages.Count);
        metrics.Record(
            Metric.QueueAge,
            Math.Max(0, (clock.GetUtcNow() - messages.Min(message => message.SentAt)).TotalSeconds)
        );
        var done = new List<string>();
        foreach (var group in messages.GroupBy(RunOf, StringComparer.Ordinal))
        {
            try
            {
                done.AddRange(await HandleRunAsync(group.Key, [.. group], cancellationToken));
            }
            catch (Exception failure) when (failure is StorageException or InvalidDataException)
            {
                Log.SegmentsPostponed(logger, failure, group.Key, group.Count());
            }
        }

        return done;
    }

    private async Task<IEnumerable<string>> HandleRunAsync(
        string runId,
        IReadOnlyList<QueueMessage> messages,
        CancellationToken cancellationToken
    )
    {
        if (await keys.FindAsync(runId, cancellationToken) is not { } run)
        {
            // Nobody to tell, and nothing to keep: what cannot be attributed must not take space.
            Log.SegmentsDropped(logger, messages.Count);
            return messages.Select(message => message.Receipt);
        }

        var offers = messages.Select(message => Examine(run, message)).ToArray();
        metrics.Count(Metric.SignatureFailures, offers.Count(offer => offer.Fault == Refusal.BadMac));
        return await intake.TakeAsync(run, offers, queue.MaxReceives, cancellationToken);
    }

    /// <summary>The run that a message names, or nothing.</summary>
    private static string RunOf(QueueMessage message) =>
        LossSegment.TryReadAddress(message.Body.Span, out var runId, out _) ? runId : "";

    private static Offer Examine(KnownRun run, QueueMessage message)
    {
        var body = message.Body.Span;
        LossSegment.TryReadAddress(body, out _, out var seq);
        if (!SegmentMac.IsValid(body, run.Key.Plaintext))
        {
            return new(message, seq, Digest(body), null, Refusal.BadMac);
        }

        return LossSegment.Read(body, out _) is { } segment
            ? new(message, seq, segment.Digest, segment, null)
            : new(message, seq, Digest(body), null, Refusal.Malformed);
    }

    private static MerkleHash Digest(ReadOnlySpan<byte> body) => new(SHA256.HashData(body));
}

/// <summary>A message for a run: an authentic segment, or why it is none.</summary>
internal sealed record Offer(QueueMessage Message, long Seq, MerkleHash Digest, LossSegment? Segment, Refusal? Fault)
{
    public ChainLink Link => new(Seq, Digest, Segment!.Prev, Segment.Points, Segment.Finish is not null);
}
