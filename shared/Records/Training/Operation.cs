using System.Text.Json.Serialization;
using Lace.Evidence.Audit;
using Lace.Records.Audit;

namespace Lace.Records.Training;

/// <summary>What can be asked of a training client.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OperationKind>))]
internal enum OperationKind
{
    [JsonStringEnumMemberName("forward_backward")]
    ForwardBackward,

    [JsonStringEnumMemberName("forward")]
    Forward,

    [JsonStringEnumMemberName("optim_step")]
    OptimStep,

    [JsonStringEnumMemberName("train_step")]
    TrainStep,

    [JsonStringEnumMemberName("sample")]
    Sample,

    [JsonStringEnumMemberName("save_state")]
    SaveState,

    [JsonStringEnumMemberName("load_state")]
    LoadState,
}

[JsonConverter(typeof(JsonStringEnumConverter<OperationStatus>))]
internal enum OperationStatus
{
    [JsonStringEnumMemberName("pending")]
    Pending,

    [JsonStringEnumMemberName("running")]
    Running,

    [JsonStringEnumMemberName("completed")]
    Completed,

    [JsonStringEnumMemberName("failed")]
    Failed,

    [JsonStringEnumMemberName("cancelled")]
    Cancelled,
}

/// <summary>An operation of the log, as stored under its place.</summary>
/// <param name="RequestHash">Of the body, 64 hex digits: what a repeat is known by.</param>
/// <param name="Steps">Optimizer steps that it makes.</param>
/// <param name="Attempts">How often a worker began it: more than once where one died.</param>
internal sealed record Operation(
    string ClientId,
    long Seq,
    OperationKind Kind,
    OperationStatus Status,
    string RequestHash,
    SealedPayload Request,
    long Steps,
    DateTimeOffset CreatedAt,
    int Attempts = 0,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? CompletedAt = null,
    SealedPayload? Result = null,
    OperationError? Error = null
)
{
    [JsonIgnore]
    public string FutureId => TrainingIds.FutureOf(ClientId, Seq);

    [JsonIgnore]
    public bool HasEnded => Status is OperationStatus.Completed or OperationStatus.Failed or OperationStatus.Cancelled;

    /// <summary>Whether doing it again after a crash is needed to get the same session.</summary>
    [JsonIgnore]
    public bool ChangesSession =>
        Kind
            is OperationKind.ForwardBackward
                or OperationKind.OptimStep
                or OperationKind.TrainStep
                or OperationKind.LoadState;
}

/// <param name="Category"><c>user</c> where the request was at fault, else <c>server</c>.</param>
internal sealed record OperationError(string Code, string Message, string Category)
{
    public const string User = "user";
    public const string Server = "server";

    /// <summary>An operation that ended its worker each time.</summary>
    public static OperationError Poison(int attempts) =>
        new(
            "OPERATION_CRASHED",
            $"The worker ended {attempts} times while it ran this operation, so it is not tried again. The training is as it was before it.",
            Server
        );
}

/// <summary>What a caller asks for.</summary>
/// <param name="Body">The request without its place, in one spelling: the same bytes under the same place are the same operation.</param>
/// <param name="Seq">Null: the next place.</param>
/// <param name="Steps">Optimizer steps that it makes: 1 for optim_step, as many as asked for train_step, else 0.</param>
/// <param name="ArtifactId">That a load_state loads: what was spent on it elsewhere is charged here.</param>
internal sealed record OperationRequest(
    OperationKind Kind,
    ReadOnlyMemory<byte> Body,
    long? Seq,
    long Steps,
    AuditedRequest Audited,
    string? ArtifactId = null
);

internal static class OperationKinds
{
    public static AuditOperation Audited(this OperationKind kind) =>
        kind switch
        {
            OperationKind.ForwardBackward => AuditOperation.ForwardBackward,
            OperationKind.Forward => AuditOperation.Forward,
            OperationKind.OptimStep => AuditOperation.OptimStep,
            OperationKind.TrainStep => AuditOperation.TrainStep,
            OperationKind.Sample => AuditOperation.Sample,
            OperationKind.SaveState => AuditOperation.SaveState,
            _ => AuditOperation.LoadState,
        };
}
