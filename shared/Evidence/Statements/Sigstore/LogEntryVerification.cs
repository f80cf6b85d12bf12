using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Statements.Sigstore;

/// <summary>Checks that a trusted log, Rekor v1 or v2, holds an entry over what was signed.</summary>
/// <remarks>
/// An inclusion proof with a checkpoint is always asked for. Root and size are taken from the verified checkpoint only; what is
/// stated beside it has to agree. A time counts only under the log's signature; without one the verifier's time is used.
/// </remarks>
public static class LogEntryVerification
{
    private const long LastSecond = 253_402_300_799;

    /// <summary>Every reason to refuse the entry; none if it holds.</summary>
    /// <param name="time">The verifier's: at which the log's key has to be trusted where the log states no time.</param>
    public static IReadOnlyList<SigstoreRefusal> Check(
        LogEntry entry,
        SignedContent signed,
        TrustedRoot root,
        DateTimeOffset time
    )
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(signed);
        ArgumentNullException.ThrowIfNull(root);
        var refusals = LogEntryBody.Check(entry, signed).ToList();
        var logs = root.Logs.Where(log => log.HasId(entry.LogId.Span)).ToList();
        if (logs.Count == 0)
        {
            return [.. refusals, SigstoreRefusal.LogUnknown];
        }

        var logged = CheckTime(entry, logs, time, refusals);
        logs.RemoveAll(log => !log.IsValidAt(logged));
        if (logs.Count == 0)
        {
            return [.. refusals, SigstoreRefusal.LogKeyValidity];
        }

        return [.. refusals, .. CheckInclusion(entry, logs)];
    }

    private static DateTimeOffset CheckTime(
        LogEntry entry,
        List<TrustedLog> logs,
        DateTimeOffset time,
        List<SigstoreRefusal> refusals
    )
    {
        if (entry.SignedEntryTimestamp.IsEmpty && entry.IntegratedTime == 0)
        {
            return time;
        }

        if (
            entry.SignedEntryTimestamp.IsEmpty
            || entry.IntegratedTime is <= 0 or > LastSecond
            || DateTimeOffset.FromUnixTimeSeconds(entry.IntegratedTime) is var stated && stated > time
        )
        {
            refusals.Add(SigstoreRefusal.Time);
            return time;
        }

        if (!logs.Any(log => IsPromised(entry, log.PromiseKey)))
        {
            refusals.Add(SigstoreRefusal.Promise);
        }

        return stated;
    }

    // The signed text is the JCS form of four members (Rekor's LogEntry).
    private static bool IsPromised(LogEntry entry, EcdsaPublicKey? key)
    {
        var body = Convert.ToBase64String(entry.Body.Span);
        var logId = Convert.ToHexStringLower(entry.LogId.Span);
        var text =
            $$"""{"body":"{{body}}","integratedTime":{{entry.IntegratedTime}},"logID":"{{logId}}","logIndex":{{entry.Index}}}""";
        return key is not null && key.Verify(Encoding.ASCII.GetBytes(text), entry.SignedEntryTimestamp.Span);
    }

    private static IEnumerable<SigstoreRefusal> CheckInclusion(LogEntry entry, List<TrustedLog> logs)
    {
        if (entry.Proof is not { } proof)
        {
            return [SigstoreRefusal.InclusionProofRequired];
        }

        if (
            !SignedNote.TryParse(proof.Checkpoint, out var note)
            || !Transparency.Notes.Checkpoint.TryParse(note.Text, out var checkpoint)
        )
        {
            return [SigstoreRefusal.Checkpoint];
        }

        return note.Verify(logs.Select(log => log.Key)) is { Verdict: NoteVerdict.Verified } verified
            ? CheckProof(entry, proof, checkpoint, verified.Signatures[0].Key)
            : [SigstoreRefusal.CheckpointSignature];
    }

    private static IEnumerable<SigstoreRefusal> CheckProof(
        LogEntry entry,
        InclusionProof proof,
        Checkpoint checkpoint,
        VerifierKey signer
    )
    {
        // Rekor v1 counts leaves by shard in the proof and over all shards outside; v2 knows one index.
        var isOneIndex = entry.Version == LogEntryBody.RekorV2;
        var index = isOneIndex ? entry.Index : proof.Index ?? 0;
        if (!IsOriginOf(signer, checkpoint.Origin))
        {
            yield return SigstoreRefusal.CheckpointOrigin;
        }

        if (
            (proof.Root ?? checkpoint.Root) != checkpoint.Root
            || (proof.TreeSize ?? checkpoint.Size) != checkpoint.Size
        )
        {
            yield return SigstoreRefusal.Root;
        }

        if (entry.Index < 0 || index < 0 || index >= checkpoint.Size || (isOneIndex && (proof.Index ?? index) != index))
        {
            yield return SigstoreRefusal.Index;
        }

        var leaf = MerkleTree.HashLeaf(entry.Body.Span);
        if (!MerkleTree.VerifyInclusion(leaf, index, checkpoint.Size, [.. proof.Hashes], checkpoint.Root))
        {
            yield return SigstoreRefusal.Inclusion;
        }
    }

    private static bool IsOriginOf(VerifierKey key, string origin) =>
        origin == key.Name
        || (key.Type == NoteSignatureType.Ecdsa && origin.StartsWith(key.Name + " - ", StringComparison.Ordinal));
}
