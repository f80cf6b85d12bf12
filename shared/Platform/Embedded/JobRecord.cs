using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lace.Platform.Embedded;

/// <summary>What the item store keeps of a job.</summary>
/// <param name="Host">Who started it, or is about to.</param>
/// <param name="Claim">Of one attempt to start it, so that a host knows its own that failed.</param>
/// <param name="Attempt">Counts starts; names the folder of the output.</param>
/// <param name="Process">Its shell, once it runs.</param>
internal sealed record JobRecord(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    JobStatus Status,
    ProcessIdentity Host,
    string Claim,
    int Attempt,
    ProcessIdentity? Process = null,
    int? ExitCode = null,
    string? Reason = null
)
{
    public static JobRecord Parse(string document) =>
        JsonSerializer.Deserialize(document, JobJson.Default.JobRecord)
        ?? throw new StorageException("A stored job is empty.");

    public string ToDocument() => JsonSerializer.Serialize(this, JobJson.Default.JobRecord);

    public JobState ToState(string name) => new(name, Status, ExitCode, Reason);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(JobRecord))]
internal sealed partial class JobJson : JsonSerializerContext;
