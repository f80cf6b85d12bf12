using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Functions.LossIngest;
using Lace.Platform;

namespace Lace.Functions.Lambda;

/// <summary>Segments of loss logs from SQS. The answer names the messages that must come again; SQS deletes the others.</summary>
internal sealed class SqsTrigger(SegmentConsumer consumer, ILoggerFactory logging) : ITrigger
{
    private readonly ILogger logger = logging.CreateLogger(Log.Category);

    public async Task<ReadOnlyMemory<byte>> HandleAsync(Invocation invocation, CancellationToken deadline)
    {
        var records = SqsEvent.Parse(invocation.Event.Span).Records;
        var failed = records.Any(record => record.IsFifo)
            ? await InOrderAsync(records, deadline)
            : await TogetherAsync(records, deadline);
        var answer = new SqsAnswer([.. failed.Select(record => new FailedItem(record.MessageId))]);
        return JsonSerializer.SerializeToUtf8Bytes(answer, LambdaJson.Default.SqsAnswer);
    }

    /// <summary>The records that must come again.</summary>
    private async Task<IEnumerable<SqsRecord>> TogetherAsync(
        IReadOnlyList<SqsRecord> records,
        CancellationToken cancellationToken
    )
    {
        var messages = records.Select(Read).OfType<QueueMessage>().ToArray();
        try
        {
            var done = (await consumer.HandleAsync(messages, cancellationToken)).ToHashSet(StringComparer.Ordinal);
            return records.Where(record => !done.Contains(record.ReceiptHandle));
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            Log.RecordFailed(logger, failure, string.Join(' ', messages.Select(message => message.Id)));
        }

        // One of them is poison. What is repeated changes nothing, so each is tried alone.
        return records.Count == 1 ? records : await OneByOneAsync(records, cancellationToken);
    }

    private async Task<IEnumerable<SqsRecord>> OneByOneAsync(
        IReadOnlyList<SqsRecord> records,
        CancellationToken cancellationToken
    )
    {
        var failed = new List<SqsRecord>();
        foreach (var record in records)
        {
            failed.AddRange(await TogetherAsync([record], cancellationToken));
        }

        return failed;
    }

    /// <summary>Nothing behind a message that failed may be handled before it.</summary>
    private async Task<IEnumerable<SqsRecord>> InOrderAsync(
        IReadOnlyList<SqsRecord> records,
        CancellationToken cancellationToken
    )
    {
        for (var i = 0; i < records.Count; i++)
        {
            if ((await TogetherAsync([records[i]], cancellationToken)).Any())
            {
                return records.Skip(i);
            }
        }

        return [];
    }

    /// <summary>Null for a record that SQS would not make.</summary>
    private QueueMessage? Read(SqsRecord record)
    {
        if (record.ToMessage() is { } message)
        {
            return message;
        }

        Log.RecordFailed(logger, new InvalidDataException("Its attributes are no numbers."), record.MessageId);
        return null;
    }
}

/// <summary>What an SQS event source gives.</summary>
internal sealed record SqsEvent([property: JsonPropertyName("Records")] IReadOnlyList<SqsRecord> Records)
{
    /// <exception cref="InvalidDataException">It is no event of SQS.</exception>
    public static SqsEvent Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LambdaJson.Default.SqsEvent)
                ?? throw new InvalidDataException("The event is null.");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"The event is none of SQS: {failure.Message}", failure);
        }
    }
}

internal sealed record SqsRecord(
    string MessageId,
    string ReceiptHandle,
    string Body,
    SqsAttributes Attributes,
    [property: JsonPropertyName("eventSourceARN")] string EventSourceArn
)
{
    public bool IsFifo => EventSourceArn.EndsWith(".fifo", StringComparison.Ordinal);

    /// <summary>Null where an attribute is no number.</summary>
    public QueueMessage? ToMessage() =>
        long.TryParse(Attributes.SentTimestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var sent)
        && int.TryParse(
            Attributes.ApproximateReceiveCount,
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var received
        )
            ? new QueueMessage(
                MessageId,
                ReceiptHandle,
                Encoding.UTF8.GetBytes(Body),
                DateTimeOffset.FromUnixTimeMilliseconds(sent),
                received
            )
            : null;
}

/// <param name="SentTimestamp">When SQS took the message, in milliseconds since 1970.</param>
internal sealed record SqsAttributes(
    [property: JsonPropertyName("SentTimestamp")] string SentTimestamp,
    [property: JsonPropertyName("ApproximateReceiveCount")] string ApproximateReceiveCount
);

internal sealed record SqsAnswer(IReadOnlyList<FailedItem> BatchItemFailures);

internal sealed record FailedItem(string ItemIdentifier);
