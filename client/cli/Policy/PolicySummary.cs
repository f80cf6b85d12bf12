using System.Globalization;
using System.Security.Cryptography;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Cli.Policy;

/// <summary>A policy for people: whom it trusts, by fingerprint.</summary>
/// <param name="Sha256">Of the file: one value to compare instead of all.</param>
internal sealed record PolicySummary(
    string Sha256,
    string Log,
    IReadOnlyList<string> Require,
    int Quorum,
    IReadOnlyList<TrustedKey> Keys
)
{
    public static PolicySummary Of(LacePolicy policy, byte[] file) =>
        new(
            Convert.ToHexStringLower(SHA256.HashData(file)),
            policy.Log.Origin,
            [.. policy.Require.Select(Name)],
            policy.Witnesses.Quorum,
            [
                .. policy.StatementKeys.Select(key => new TrustedKey(
                    $"statements, {Name(key.Algorithm)}",
                    key.Id,
                    key.ValidFrom,
                    key.ValidUntil
                )),
                .. policy.Log.Keys.Select(key => Of("log", key)),
                .. policy.Witnesses.Keys.Select(key => Of("witness", key)),
            ]
        );

    public IEnumerable<string> Lines()
    {
        yield return $"policy    SHA-256 {Sha256}";
        yield return $"log       {Log}";
        yield return $"requires  {string.Join(" and ", Require)} on every statement; {Quorum} witnesses";
        foreach (var key in Keys)
        {
            yield return $"key       {key.Fingerprint}  {key.Of}{Validity(key)}";
        }
    }

    private static string Validity(TrustedKey key) =>
        key.ValidFrom is not { } from ? ""
        : key.ValidUntil is { } until ? $", {Day(from)} to {Day(until)}"
        : $", from {Day(from)}";

    private static string Day(DateTimeOffset time) =>
        time.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);

    private static TrustedKey Of(string what, VerifierKey key) =>
        new($"{what} {key.Name}, {Name(key.Type)}", Convert.ToBase64String(key.Digest.Span));

    private static string Name(NoteSignatureType type) =>
        type switch
        {
            NoteSignatureType.Ed25519 => "Ed25519",
            NoteSignatureType.Ed25519Cosignature => "Ed25519 with time",
            _ => "ML-DSA-44 with time",
        };

    private static string Name(StatementAlgorithm algorithm) =>
        algorithm == StatementAlgorithm.P256 ? "p256" : "hybrid";
}

/// <param name="Of">Whose it is and of which algorithm.</param>
internal sealed record TrustedKey(
    string Of,
    string Fingerprint,
    DateTimeOffset? ValidFrom = null,
    DateTimeOffset? ValidUntil = null
);
