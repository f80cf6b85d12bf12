using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Platform;

namespace Lace.Emulator;

/// <summary>Messages as events of an SQS event source, and what is left of them after the answer.</summary>
public static class QueueEvents
{
    public const string Arn = "arn:aws:sqs:eu-west-1:123456789012:losses";

    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Of(IEnumerable<QueueMessage> messages, string arn = Arn)
    {
        var records = messages.Select(message =>
            (JsonNode)
                new JsonObject
                {
                    ["messageId"] = message.Id,
                    ["receiptHandle"] = message.Receipt,
                    ["body"] = Encoding.UTF8.GetString(message.Body.Span),
                    ["attributes"] = new JsonObject
                    {
                        ["ApproximateReceiveCount"] = message.ReceiveCount.ToString(),
                        ["SentTimestamp"] = message.SentAt.ToUnixTimeMilliseconds().ToString(),
                        ["SenderId"] = "AIDAEMULATED",
                        ["ApproximateFirstReceiveTimestamp"] = message.SentAt.ToUnixTimeMilliseconds().ToString(),
                    },
                    ["messageAttributes"] = new JsonObject(),
                    ["eventSource"] = "aws:sqs",
                    ["eventSourceARN"] = arn,
                    ["awsRegion"] = "eu-west-1",
                }
        );
        var made = new JsonObject { ["Records"] = new JsonArray([.. records]) };
        return Encoding.UTF8.GetBytes(made.ToJsonString(Readable));
    }

    /// <summary>Messages that the answer does not name: they are deleted. None where the answer cannot be read, as on Lambda.</summary>
    public static IEnumerable<QueueMessage> Done(IReadOnlyCollection<QueueMessage> messages, JsonElement answer)
    {
        if (
            answer.ValueKind != JsonValueKind.Object
            || !answer.TryGetProperty("batchItemFailures", out var failures)
            || failures.ValueKind != JsonValueKind.Array
        )
        {
            return messages;
        }

        var failed = failures
            .EnumerateArray()
            .Select(failure => failure.GetProperty("itemIdentifier").GetString()!)
            .ToHashSet(StringComparer.Ordinal);
        return failed.All(id => messages.Any(message => message.Id == id))
            ? messages.Where(message => !failed.Contains(message.Id))
            : [];
    }
}
