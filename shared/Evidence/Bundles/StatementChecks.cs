using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>Each statement by itself: its form, its two signatures, its two leaves.</summary>
internal static class StatementChecks
{
    private const string NoPolicy = "No policy was given (--policy), so no key is trusted.";

    public static IEnumerable<Check> Run(LoggedContent content, LacePolicy? policy)
    {
        foreach (var statement in content.Statements)
        {
            yield return Format(statement);
            yield return Signature(statement, StatementAlgorithm.P256, policy);
            yield return Signature(statement, StatementAlgorithm.Hybrid, policy);
            yield return Logged(content, statement, StatementAlgorithm.P256, policy);
            yield return Logged(content, statement, StatementAlgorithm.Hybrid, policy);
        }
    }

    private static Check Format(StatementContent statement) =>
        Check.Of(
            BundleChecks.Statement(statement.Kind, BundleChecks.StatementFormat),
            statement.Predicate is not null,
            statement.Statement is null ? $"The payload is no statement: {statement.Error}."
                : statement.Predicate is null ? "It is of another predicate type, or a required member is missing."
                : $"{statement.Statement.Payload.Length} bytes about {statement.Statement.Subject}."
        );

    private static Check Signature(StatementContent statement, StatementAlgorithm algorithm, LacePolicy? policy)
    {
        var id = BundleChecks.Statement(
            statement.Kind,
            algorithm == StatementAlgorithm.P256 ? BundleChecks.P256 : BundleChecks.Hybrid
        );
        if (policy is null)
        {
            return Check.NotChecked(id, NoPolicy);
        }

        if (policy.StatementKeys.All(key => key.Algorithm != algorithm))
        {
            return Check.NotChecked(id, "The policy has no key of this algorithm.");
        }

        if (statement.Statement is not { } signed || statement.At is not { } at)
        {
            return Check.NotChecked(id, "The statement cannot be read, or does not say when it was made.");
        }

        var signature = SignatureOf(statement, algorithm);
        var verdict = StatementVerification.Verify(signed, algorithm, signature, policy.StatementKeys, at);
        return Check.Of(
            id,
            verdict == SignatureVerdict.Valid,
            verdict switch
            {
                SignatureVerdict.Valid => $"Valid, by the key {signature.KeyId}.",
                SignatureVerdict.UnknownKey => "The policy does not know the key.",
                SignatureVerdict.KeyNotValidThen => $"The key was not valid {Words.Time(at)}.",
                _ => "Not a signature of that key over this statement.",
            }
        );
    }

    private static Check Logged(
        LoggedContent content,
        StatementContent statement,
        StatementAlgorithm algorithm,
        LacePolicy? policy
    )
    {
        var isP256 = algorithm == StatementAlgorithm.P256;
        var id = BundleChecks.Statement(statement.Kind, isP256 ? BundleChecks.P256Logged : BundleChecks.HybridLogged);
        if (content.Checkpoint is not { } checkpoint || statement.Statement is not { } signed)
        {
            return Check.NotChecked(id, "The checkpoint or the statement cannot be read.");
        }

        var signature = SignatureOf(statement, algorithm);
        if (isP256 && policy is null)
        {
            return Check.NotChecked(id, NoPolicy);
        }

        var key = policy?.StatementKeys.FirstOrDefault(one => one.Algorithm == algorithm && one.Id == signature.KeyId);
        if (isP256 && key is null)
        {
            return Check.NotChecked(id, "The leaf holds the public key, and the policy does not have it.");
        }

        var body = isP256
            ? LogEntries.HashedRekord(signed.PaeDigest, signature.Signature.Span, key!.PublicKey.Span)
            : LogEntries.LaceHybrid(signed.PaeDigest, signature.KeyId, signature.Signature.Span);
        var proof = isP256 ? statement.Bundled.P256 : statement.Bundled.Hybrid;
        var included = MerkleTree.VerifyInclusion(
            MerkleTree.HashLeaf(body),
            proof.Index,
            checkpoint.Size,
            [.. proof.Hashes],
            checkpoint.Root
        );
        return Check.Of(
            id,
            included,
            included
                ? $"Entry {proof.Index} of {checkpoint.Size}."
                : $"The proof does not lead from the rebuilt leaf at {proof.Index} to the checkpoint of {checkpoint.Size} entries."
        );
    }

    private static StatementSignature SignatureOf(StatementContent statement, StatementAlgorithm algorithm) =>
        algorithm == StatementAlgorithm.P256 ? statement.Bundled.Signed.P256 : statement.Bundled.Signed.Hybrid;
}
