using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lace.Platform.Aws;

/// <summary>What the item store keeps of a job in Batch.</summary>
/// <param name="ClaimedUntil">Until then whoever wrote this is about to submit the job.</param>
/// <param name="JobId">In Batch; null before it was submitted.</param>
internal sealed record BatchRecord(
    JobStatus Status,
    string JobName,
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    DateTimeOffset ClaimedUntil,
    string? JobId = null,
    int? ExitCode = null,
    string? Reason = null
)
{
    [JsonIgnore]
    public bool HasEnded => Status is JobStatus.Succeeded or JobStatus.Failed or JobStatus.Cancelled;

    public static BatchRecord Parse(string document) =>
        JsonSerializer.Deserialize(document, BatchRecordJson.Default.BatchRecord)
        ?? throw new StorageException("A stored job is empty.");

    public string ToDocument() => JsonSerializer.Serialize(this, BatchRecordJson.Default.BatchRecord);

    public JobState ToState(string name) => new(name, Status, ExitCode, Reason);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(BatchRecord))]
internal sealed partial class BatchRecordJson : JsonSerializerContext;
