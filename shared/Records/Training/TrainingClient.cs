using System.Text.Json.Serialization;

namespace Lace.Records.Training;

/// <summary>How a training client is, for those who ask.</summary>
internal enum ClientStatus
{
    /// <summary>No worker has had it open yet.</summary>
    Initializing,

    /// <summary>Nothing waits.</summary>
    Ready,

    /// <summary>Operations wait or run.</summary>
    Busy,

    /// <summary>The model or the plan cannot be used; <see cref="TrainingClient.Error"/> says why.</summary>
    Error,

    /// <summary>It takes nothing more.</summary>
    Terminated,
}

/// <summary>
/// The one item of a training client that changes: accepting, beginning and ending an operation each replace it on the condition that
/// it is the one that was read. So of any number of callers and workers at once, each decision is made by one.
/// </summary>
/// <param name="Contiguous">Every place up to here was accepted.</param>
/// <param name="Ahead">Places accepted beyond a gap, in order.</param>
/// <param name="NextToRun">Every place before it has ended.</param>
/// <param name="Pending">Accepted and not ended.</param>
/// <param name="StepsAccepted">Optimizer steps of what was accepted and did not fail.</param>
/// <param name="Step">Optimizer steps in the weights.</param>
/// <param name="PayloadKey">Data key of requests, results and states, wrapped.</param>
/// <param name="NoiseKey">The secret that noise and batches follow from, wrapped.</param>
/// <param name="BaseDigest">Of the base weights, once a worker had them open: another model under the name is refused.</param>
internal sealed record TrainingClient(
    string Id,
    TrainingConfig Config,
    DateTimeOffset CreatedAt,
    byte[] PayloadKey,
    byte[] NoiseKey,
    long Contiguous = 0,
    IReadOnlyList<long>? Ahead = null,
    long NextToRun = 1,
    int Pending = 0,
    long StepsAccepted = 0,
    long Step = 0,
    string? BaseDigest = null,
    WorkerLease? Lease = null,
    SuspendedState? State = null,
    RunLogState? RunLog = null,
    OperationError? Error = null,
    DateTimeOffset? TerminatedAt = null
)
{
    public const string IdPrefix = "tc";

    /// <summary>The place of an operation that names none.</summary>
    [JsonIgnore]
    public long NextSeq => (Ahead is [.., var last] ? last : Contiguous) + 1;

    [JsonIgnore]
    public bool IsTerminated => TerminatedAt is not null;

    [JsonIgnore]
    public ClientStatus Status =>
        IsTerminated ? ClientStatus.Terminated
        : Error is not null ? ClientStatus.Error
        : Pending > 0 ? ClientStatus.Busy
        : BaseDigest is null ? ClientStatus.Initializing
        : ClientStatus.Ready;

    /// <summary>Whether the place was accepted.</summary>
    public bool Has(long seq) => seq <= Contiguous || (Ahead?.Contains(seq) ?? false);

    /// <summary>With one place more.</summary>
    public TrainingClient Accepting(long seq, long steps)
    {
        var ahead = new SortedSet<long>(Ahead ?? []) { seq };
        var contiguous = Contiguous;
        while (ahead.Remove(contiguous + 1))
        {
            contiguous++;
        }

        return this with
        {
            Contiguous = contiguous,
            Ahead = ahead.Count == 0 ? null : [.. ahead],
            Pending = Pending + 1,
            StepsAccepted = StepsAccepted + steps,
        };
    }
}

/// <summary>Which worker has the client. Whoever finds it expired may take it; the one before finds another generation and stops.</summary>
/// <param name="Owner">The job.</param>
/// <param name="Starts">Claims since an operation ended or a state was kept.</param>
internal sealed record WorkerLease(string Owner, long Generation, DateTimeOffset Until, int Starts = 0);

/// <summary>Everything of a session, sealed under the client's payload key: what the next worker goes on from. Never leaves the service.</summary>
/// <param name="After">The last place that it contains.</param>
/// <param name="Folder">Of its blobs; the name it is sealed under.</param>
internal sealed record SuspendedState(long After, string Folder, SealedBlob Blob, DateTimeOffset At);
