using System.Text;

namespace Lace.Evidence.Audit;

/// <summary>What an entry is about: the operations of <c>docs/formats/audit.md</c>.</summary>
public enum AuditOperation
{
    AttestationCreate,
    AttestationComplete,
    AttestationRevoke,
    RunCreate,
    RunLosses,
    RunClose,
    RunVerify,
    ReportCreate,
    KeyCreate,
    KeyRevoke,
    TrainingClientCreate,
    TrainingClientDelete,
    ForwardBackward,
    Forward,
    OptimStep,
    TrainStep,
    Sample,
    SaveState,
    LoadState,
    ArtifactRead,
    OperationCancel,
    ExclusionCheck,
    ExclusionDownload,
    TenantCreate,
    TenantSetPlan,
    TenantSuspend,
    TenantResume,
    TenantDelete,
}

/// <summary>How far an operation came when its entry was written.</summary>
public enum AuditPhase
{
    /// <summary>It has begun; what ends it has an entry of its own.</summary>
    Accepted,
    Completed,
    Failed,
}

/// <summary>The words of operations and phases, as they stand in an entry.</summary>
internal static class AuditWords
{
    private static readonly byte[][] Operations = Words(
        "attestation.create",
        "attestation.complete",
        "attestation.revoke",
        "run.create",
        "run.losses",
        "run.close",
        "run.verify",
        "report.create",
        "key.create",
        "key.revoke",
        "training_client.create",
        "training_client.delete",
        "forward_backward",
        "forward",
        "optim_step",
        "train_step",
        "sample",
        "save_state",
        "load_state",
        "artifact.read",
        "operation.cancel",
        "exclusion.check",
        "exclusion.download",
        "tenant.create",
        "tenant.set_plan",
        "tenant.suspend",
        "tenant.resume",
        "tenant.delete"
    );

    private static readonly byte[][] Phases = Words("accepted", "completed", "failed");

    public static ReadOnlySpan<byte> Of(AuditOperation operation) => Operations[(int)operation];

    public static ReadOnlySpan<byte> Of(AuditPhase phase) => Phases[(int)phase];

    public static bool IsOperation(ReadOnlySpan<byte> word) => IndexOf(Operations, word) >= 0;

    public static bool TryParse(ReadOnlySpan<byte> word, out AuditPhase phase)
    {
        var index = IndexOf(Phases, word);
        phase = (AuditPhase)index;
        return index >= 0;
    }

    private static int IndexOf(byte[][] words, ReadOnlySpan<byte> word)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (word.SequenceEqual(words[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static byte[][] Words(params string[] words) => [.. words.Select(Encoding.ASCII.GetBytes)];
}
