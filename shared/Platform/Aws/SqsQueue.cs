using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Lace.Platform.Aws;

/// <summary>An SQS queue of the standard kind with its queue of dead letters.</summary>
/// <remarks>
/// The redrive policy of the queue is set where it is made, with <see cref="MaxReceives"/> for its count. A message whose sending
/// was not answered is sent again, so it may come twice.
/// </remarks>
/// <param name="url">Null where this process has no such queue: it says so when it is used.</param>
internal sealed class SqsQueue(IAmazonSQS client, string name, string? url, string? deadUrl, AwsCalls calls) : IQueue
{
    private const int MaxBodyBytes = 256 * 1024;
    private const int MaxBatch = 1000;
    private const int RequestBatch = 10;
    private const int LongPollSeconds = 1;
    private const int DeadLetterHoldSeconds = 60;
    private static readonly TimeSpan MaxVisibility = TimeSpan.FromHours(12);

    public int MaxReceives => 5;

    private string Url => url ?? throw NotSet("");

    private string DeadUrl => deadUrl ?? throw NotSet("_DEAD");

    public Task SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        if (body.Length > MaxBodyBytes)
        {
            throw new ArgumentException(
                $"A message has at most {MaxBodyBytes} bytes, not {body.Length}.",
                nameof(body)
            );
        }

        var request = SqsBody.Write(body.Span);
        request.QueueUrl = Url;
        return calls.RunAsync(
            $"send to the queue {name}",
            () => client.SendMessageAsync(request, cancellationToken),
            cancellationToken
        );
    }

    public async Task<IReadOnlyList<QueueMessage>> ReceiveAsync(
        int max,
        TimeSpan visibility,
        CancellationToken cancellationToken = default
    )
    {
        CheckBatch(max);
        ArgumentOutOfRangeException.ThrowIfLessThan(visibility, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(visibility, MaxVisibility);
        var received = await ReadAsync(Url, max, (int)Math.Ceiling(visibility.TotalSeconds), cancellationToken);
        return [.. received.Select(message => Parse(message, message.ReceiptHandle))];
    }

    public Task CompleteAsync(IReadOnlyList<string> receipts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(receipts);
        return DeleteAsync(Url, receipts, cancellationToken);
    }

    /// <remarks>Reads them all, which takes a while where they are many, and holds them back from others for a minute at most.</remarks>
    public async Task<IReadOnlyList<QueueMessage>> DeadLettersAsync(
        int max,
        CancellationToken cancellationToken = default
    )
    {
        CheckBatch(max);
        var dead = await ReadAsync(DeadUrl, MaxBatch, DeadLetterHoldSeconds, cancellationToken);
        foreach (var batch in dead.Chunk(RequestBatch))
        {
            var release = new ChangeMessageVisibilityBatchRequest
            {
                QueueUrl = DeadUrl,
                Entries =
                [
                    .. batch.Select(
                        (message, n) =>
                            new ChangeMessageVisibilityBatchRequestEntry
                            {
                                Id = $"{n}",
                                ReceiptHandle = message.ReceiptHandle,
                                VisibilityTimeout = 0,
                            }
                    ),
                ],
            };
            await calls.RunAsync(
                $"read the dead letters of {name}",
                () => client.ChangeMessageVisibilityBatchAsync(release, cancellationToken),
                cancellationToken
            );
        }

        return [.. dead.Select(message => Parse(message, "")).OrderBy(message => message.SentAt).Take(max)];
    }

    /// <remarks>Each is sent before it is deleted: who is stopped between leaves a message twice, never none.</remarks>
    public async Task<int> RedriveAsync(CancellationToken cancellationToken = default)
    {
        var moved = 0;
        while (await ReadAsync(DeadUrl, RequestBatch, DeadLetterHoldSeconds, cancellationToken) is { Count: > 0 } batch)
        {
            foreach (var message in batch)
            {
                var request = new SendMessageRequest
                {
                    QueueUrl = Url,
                    MessageBody = message.Body,
                    MessageAttributes = message.MessageAttributes,
                };
                await calls.RunAsync(
                    $"send to the queue {name}",
                    () => client.SendMessageAsync(request, cancellationToken),
                    cancellationToken
                );
            }

            await DeleteAsync(DeadUrl, [.. batch.Select(message => message.ReceiptHandle)], cancellationToken);
            moved += batch.Count;
        }

        return moved;
    }

    private async Task<List<Message>> ReadAsync(
        string from,
        int max,
        int visibilitySeconds,
        CancellationToken cancellationToken
    )
    {
        var received = new List<Message>();
        while (received.Count < max)
        {
            var request = new ReceiveMessageRequest
            {
                QueueUrl = from,
                MaxNumberOfMessages = Math.Min(RequestBatch, max - received.Count),
                VisibilityTimeout = visibilitySeconds,
                // Long polling asks all servers of the queue; short polling may miss messages that are there.
                WaitTimeSeconds = received.Count == 0 ? LongPollSeconds : 0,
                MessageSystemAttributeNames = ["SentTimestamp", "ApproximateReceiveCount"],
                MessageAttributeNames = ["All"],
            };
            var answer = await calls.RunAsync(
                $"receive from the queue {name}",
                _ => client.ReceiveMessageAsync(request, cancellationToken),
                cancellationToken
            );
            if (answer.Messages is not { Count: > 0 } messages)
            {
                break;
            }

            received.AddRange(messages);
        }

        return received;
    }

    private async Task DeleteAsync(string from, IReadOnlyList<string> receipts, CancellationToken cancellationToken)
    {
        foreach (var batch in receipts.Distinct(StringComparer.Ordinal).Chunk(RequestBatch))
        {
            await calls.RunAsync(
                $"complete messages of {name}",
                () => DeleteBatchAsync(from, batch, cancellationToken),
                cancellationToken
            );
        }
    }

    private async Task DeleteBatchAsync(string from, string[] receipts, CancellationToken cancellationToken)
    {
        var request = new DeleteMessageBatchRequest
        {
            QueueUrl = from,
            Entries = [.. receipts.Select((receipt, n) => new DeleteMessageBatchRequestEntry($"{n}", receipt))],
        };
        var answer = await client.DeleteMessageBatchAsync(request, cancellationToken);
        // A receipt that is no longer valid is the sender's fault, and is ignored by the contract.
        if (answer.Failed?.FirstOrDefault(failed => failed.SenderFault != true) is { } failed)
        {
            throw new AmazonSQSException(failed.Message)
            {
                ErrorCode = failed.Code,
                StatusCode = System.Net.HttpStatusCode.ServiceUnavailable,
            };
        }
    }

    private static QueueMessage Parse(Message message, string receipt) =>
        new(
            message.MessageId,
            receipt,
            SqsBody.Read(message),
            DateTimeOffset.FromUnixTimeMilliseconds(Number(message, "SentTimestamp")),
            (int)Number(message, "ApproximateReceiveCount")
        );

    private static long Number(Message message, string attribute) =>
        message.Attributes is { } attributes
        && attributes.TryGetValue(attribute, out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StorageException($"A message came without {attribute}.");

    private static void CheckBatch(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, MaxBatch);
    }

    private StorageException NotSet(string suffix) =>
        new(
            $"This process has no queue {name}: LACE_QUEUE_{name.ToUpperInvariant().Replace('-', '_')}{suffix} is not set."
        );
}
