using System.Diagnostics.CodeAnalysis;
using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Verification;

/// <summary>
/// The check <c>transparency_log</c>: the dataset's statement and that of the run's start are signed and in the log, in this
/// order, and the run's start names a checkpoint that already held the dataset.
/// </summary>
public static class LogCheck
{
    private const string Name = CheckNames.TransparencyLog;

    /// <summary>Holds facts from the log against what is stored of the attestation and the run.</summary>
    public static Check Of(LogFacts facts, LogTrust trust, AttestationFacts attestation, RunFacts run)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(trust);
        ArgumentNullException.ThrowIfNull(attestation);
        ArgumentNullException.ThrowIfNull(run);
        var fault = Fault(facts, trust, attestation, run);
        var (dataset, start) = (facts.Dataset, facts.RunStart);
        return Check.Of(
            Name,
            fault is null,
            fault
                ?? $"The statements of the dataset (entries {dataset.P256.Index} and {dataset.Hybrid.Index}) and of the run's start (entries {start.P256.Index} and {start.Hybrid.Index}) are signed and in the log {trust.LogKeys[0].Name}, in this order; the run was made when the log already held the dataset."
        );
    }

    /// <summary>Why the facts could not be had: there is no statement, or it is not in the public log yet.</summary>
    public static Check NotChecked(string why) => Check.NotChecked(Name, why);

    internal static Check Given(VerificationInput input) =>
        input.TransparencyLog is { Name: Name } given ? given : NotChecked("The transparency log was not looked at.");

    /// <summary>The first thing that does not hold, in a sentence; null where all does.</summary>
    private static string? Fault(LogFacts facts, LogTrust trust, AttestationFacts attestation, RunFacts run) =>
        !TryVerify(facts.Checkpoint, trust.LogKeys, out var checkpoint)
            ? "The log's checkpoint is not signed by all keys of the log."
        : Dataset(facts.Dataset, attestation, out var datasetTime) is { } notDataset ? notDataset
        : RunStart(facts.RunStart, run, attestation, out var startTime, out var logged) is { } notStart ? notStart
        : Proof(facts.Dataset, checkpoint, trust, datasetTime) is { } notLogged
            ? $"The dataset's statement {notLogged}."
        : Proof(facts.RunStart, checkpoint, trust, startTime) is { } startNotLogged
            ? $"The statement of the run's start {startNotLogged}."
        : Math.Max(facts.Dataset.P256.Index, facts.Dataset.Hybrid.Index)
        >= Math.Min(facts.RunStart.P256.Index, facts.RunStart.Hybrid.Index)
            ? "The run's start is in the log before the dataset."
        : Named(logged, facts, checkpoint);

    private static bool TryVerify(
        ReadOnlyMemory<byte> note,
        IReadOnlyList<VerifierKey> keys,
        [NotNullWhen(true)] out Checkpoint? checkpoint
    )
    {
        checkpoint = null;
        if (keys.Count == 0 || !SignedNote.TryParse(note.Span, out var signed))
        {
            return false;
        }

        var verification = signed.Verify(keys);
        return keys.All(verification.IsSignedBy)
            && Checkpoint.TryParse(signed.Text, out checkpoint)
            && keys.All(key => key.Name == signed.Text.Split('\n')[0]);
    }

    private static string? Dataset(LoggedStatement logged, AttestationFacts attestation, out DateTimeOffset time)
    {
        time = default;
        if (
            Statement.TryParse(logged.Signed.Payload, out var statement) != StatementError.None
            || !statement!.TryRead(PredicateTypes.Dataset, out var said)
        )
        {
            return "What is in the log is not a statement of a dataset.";
        }

        time = said.CompletedAt;
        return
            said.Id == attestation.Id
            && said.Dataset.Root == attestation.Root
            && statement.Subject == attestation.Root
            && said.Dataset.Records == attestation.Records
            && said.CompletedAt == attestation.CompletedAt
            ? null
            : "The dataset's statement in the log is not what is stored of the attestation.";
    }

    private static string? RunStart(
        LoggedStatement start,
        RunFacts run,
        AttestationFacts attestation,
        out DateTimeOffset time,
        out LoggedAttestation logged
    )
    {
        (time, logged) = (default, new(-1, ""));
        if (
            Statement.TryParse(start.Signed.Payload, out var statement) != StatementError.None
            || !statement!.TryRead(PredicateTypes.RunStart, out var said)
        )
        {
            return "What is in the log is not a statement of a run's start.";
        }

        (time, logged) = (said.CreatedAt, said.AttestationLogged);
        return
            said.RunId == run.Id
            && said.AttestationId == attestation.Id
            && said.Root == run.Root
            && said.Records == attestation.Records
            && said.Order == run.Order
            && said.Offline == run.Offline
            && said.Nonce == run.Nonce.ToString()
            && said.CreatedAt == run.CreatedAt
            && statement.Subject == LossSegment.Origin(run.Id, run.Root)
            ? null
            : "The statement of the run's start in the log is not what is stored of the run.";
    }

    /// <summary>Both signatures, and both leaves rebuilt from the statement: what the log's tree holds is never taken from the facts.</summary>
    private static string? Proof(LoggedStatement logged, Checkpoint checkpoint, LogTrust trust, DateTimeOffset time)
    {
        var signed = logged.Signed;
        if (Statement.TryParse(signed.Payload, out var parsed) != StatementError.None || parsed is not { } statement)
        {
            return "is malformed";
        }

        var p256 = trust.StatementKeys.FirstOrDefault(key =>
            key.Algorithm == StatementAlgorithm.P256 && key.Id == signed.P256.KeyId
        );
        if (p256 is null || !Verifies(StatementAlgorithm.P256, signed.P256))
        {
            return "has no ECDSA signature by a key of the service that was valid then";
        }

        if (!Verifies(StatementAlgorithm.Hybrid, signed.Hybrid))
        {
            return "has no hybrid signature by a key of the service that was valid then";
        }

        var entry = LogEntries.HashedRekord(statement.PaeDigest, signed.P256.Signature.Span, p256.PublicKey.Span);
        var hybrid = LogEntries.LaceHybrid(statement.PaeDigest, signed.Hybrid.KeyId, signed.Hybrid.Signature.Span);
        return IsIncluded(entry, logged.P256, checkpoint) && IsIncluded(hybrid, logged.Hybrid, checkpoint)
            ? null
            : "is not included in the log under its checkpoint";

        bool Verifies(StatementAlgorithm algorithm, StatementSignature signature) =>
            StatementVerification.Verify(statement, algorithm, signature, trust.StatementKeys, time)
            == SignatureVerdict.Valid;
    }

    private static bool IsIncluded(ReadOnlySpan<byte> entry, LoggedLeaf leaf, Checkpoint checkpoint) =>
        MerkleTree.VerifyInclusion(
            MerkleTree.HashLeaf(entry),
            leaf.Index,
            checkpoint.Size,
            [.. leaf.Proof],
            checkpoint.Root
        );

    /// <summary>The checkpoint that the run's start names holds the dataset, and the log still holds what it held then.</summary>
    private static string? Named(LoggedAttestation logged, LogFacts facts, Checkpoint checkpoint) =>
        logged.Index != facts.Dataset.P256.Index
        || !Checkpoint.TryParse(logged.Checkpoint, out var named)
        || named.Text != logged.Checkpoint
        || named.Origin != checkpoint.Origin
            ? "The run's start does not name a checkpoint of this log and the dataset's entry in it."
        : named.Size <= Math.Max(facts.Dataset.P256.Index, facts.Dataset.Hybrid.Index)
            ? "The checkpoint that the run's start names does not hold the dataset."
        : named.Size > checkpoint.Size
        || !MerkleTreeConsistency.Verify(named.Size, checkpoint.Size, named.Root, checkpoint.Root, [.. facts.FromNamed])
            ? "The log is not the one any more whose checkpoint the run's start names."
        : null;
}
