using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>The log as a whole: who vouches for the checkpoint, and what came before what.</summary>
internal static class LogChecks
{
    public static IEnumerable<Check> Run(BundleContent content, LacePolicy? policy) =>
        Signers(content, policy).Append(Order(content));

    /// <summary>The log's and the witnesses' signatures under the checkpoint.</summary>
    public static IEnumerable<Check> Signers(LoggedContent content, LacePolicy? policy)
    {
        if (policy is null)
        {
            const string NoPolicy = "No policy was given (--policy), so no log is trusted.";
            yield return Check.NotChecked(BundleChecks.Checkpoint, NoPolicy);
            yield return Check.NotChecked(BundleChecks.Witnesses, NoPolicy);
        }
        else
        {
            var verified = content.Note?.Verify([.. policy.Log.Keys, .. policy.Witnesses.Keys]);
            yield return SignedByLog(content, policy.Log, verified);
            yield return Witnesses(policy.Witnesses, verified);
        }
    }

    /// <summary>The check of a verification that looks at the log, done again with what the bundle has and the policy trusts.</summary>
    public static Check Transparency(BundleContent content, LacePolicy policy, RunLogFile log)
    {
        var signers = policy.Log.Keys.Where(key => content.Note?.Verify(policy.Log.Keys).IsSignedBy(key) == true);
        var (dataset, start) = (content.Bundle.Statements[0], content.Bundle.Statements[1]);
        var facts = new LogFacts(
            Logged(dataset),
            Logged(start),
            Encoding.UTF8.GetBytes(content.Bundle.Checkpoint),
            content.Bundle.Consistency
        );
        return LogCheck.Of(facts, new(policy.StatementKeys, [.. signers]), log.Attestation, log.Run);
    }

    private static LoggedStatement Logged(BundledStatement statement) =>
        new(
            statement.Signed,
            new(statement.P256.Index, statement.P256.Hashes),
            new(statement.Hybrid.Index, statement.Hybrid.Hashes)
        );

    private static Check SignedByLog(LoggedContent content, TrustedLog log, NoteVerification? verified)
    {
        var failure =
            content.Checkpoint is not { } checkpoint || verified is null ? "The checkpoint is no signed note of one."
            : checkpoint.Origin != log.Origin ? "It is the checkpoint of another log than the policy's."
            : verified.Verdict == NoteVerdict.BadSignature
                ? "A line of a known key is no signature of it over this note."
            : !IsSigned(log, verified, NoteSignatureType.Ed25519) ? "The log's Ed25519 key has not signed it."
            : log.Keys.Any(key => key.Type == NoteSignatureType.MlDsa44Cosignature)
            && !IsSigned(log, verified, NoteSignatureType.MlDsa44Cosignature)
                ? "The log's ML-DSA-44 key has not signed it."
            : null;
        return Check.Of(
            BundleChecks.Checkpoint,
            failure is null,
            failure ?? $"{content.Checkpoint!.Size} entries under {content.Checkpoint.Root}."
        );
    }

    private static bool IsSigned(TrustedLog log, NoteVerification verified, NoteSignatureType type) =>
        log.Keys.Any(key => key.Type == type && verified.IsSignedBy(key));

    private static Check Witnesses(TrustedWitnesses witnesses, NoteVerification? verified)
    {
        if (witnesses.Quorum == 0)
        {
            return Check.NotChecked(BundleChecks.Witnesses, "The policy asks for no witness.");
        }

        // A cosignature without a time is none of a checkpoint (tlog-cosignature).
        var names = (verified?.Signatures ?? [])
            .Where(signature => witnesses.Keys.Contains(signature.Key) && signature.UnixSeconds > 0)
            .Select(signature => signature.Key.Name)
            .Distinct()
            .Count();
        return Check.Of(
            BundleChecks.Witnesses,
            names >= witnesses.Quorum,
            $"{names} of the policy's witnesses cosigned, {witnesses.Quorum} are asked for."
        );
    }

    private static Check Order(BundleContent content)
    {
        if (content.Checkpoint is not { } checkpoint || content.RunStart is not { AttestationLogged: { } logged })
        {
            return Check.NotChecked(BundleChecks.Order, "The checkpoint or the start of the run cannot be read.");
        }

        var proofs = content.Bundle.Statements;
        for (var i = 1; i < proofs.Count; i++)
        {
            var before = proofs[Math.Min(i, EvidenceBundle.RunStatements) - 1];
            if (Last(before) >= First(proofs[i]))
            {
                return Failed($"The log has {content.Statements[i].Kind} before what it follows.");
            }
        }

        if (!Checkpoint.TryParse(logged.Checkpoint, out var earlier) || earlier.Text != logged.Checkpoint)
        {
            return Failed("The checkpoint that the start of the run names is none.");
        }

        var dataset = proofs[0];
        if (logged.Index != dataset.P256.Index || Last(dataset) >= earlier.Size)
        {
            return Failed("The checkpoint that the start of the run names does not cover the dataset's entries.");
        }

        return
            earlier.Origin == checkpoint.Origin
            && MerkleTreeConsistency.Verify(
                earlier.Size,
                checkpoint.Size,
                earlier.Root,
                checkpoint.Root,
                [.. content.Bundle.Consistency]
            )
            ? Check.Of(
                BundleChecks.Order,
                true,
                $"The dataset was entry {dataset.P256.Index} of {earlier.Size} when the run was made; the entries follow in order."
            )
            : Failed("The checkpoint that the start of the run names is no earlier state of this log.");
    }

    private static Check Failed(string why) => Check.Of(BundleChecks.Order, false, why);

    private static long First(BundledStatement statement) => Math.Min(statement.P256.Index, statement.Hybrid.Index);

    private static long Last(BundledStatement statement) => Math.Max(statement.P256.Index, statement.Hybrid.Index);
}
