using System.Net;
using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Functions.TransparencyLog.Outgoing;

namespace Lace.Functions.TransparencyLog.Anchors;

/// <summary>Enters signed artifacts in one Rekor v2 log, as <c>hashedrekord</c> 0.0.2 (sigstore/rekor-tiles, CLIENTS.md).</summary>
internal sealed class RekorClient(AnchorLog log, OutgoingHttp http, TimeProvider clock)
{
    private const string IndexHeader = "x-log-index";

    /// <summary>Submits and verifies the answer before anybody gets to see it.</summary>
    /// <param name="signature">ECDSA P-256 with SHA-256 over the artifact, DER.</param>
    public async Task<RekorAnswer> SubmitAsync(
        ReadOnlyMemory<byte> artifact,
        ReadOnlyMemory<byte> signature,
        EcdsaPublicKey key,
        CancellationToken cancellationToken = default
    )
    {
        if (key.Curve != EcdsaCurve.P256)
        {
            throw new ArgumentException("Entries are signed with P-256.", nameof(key));
        }

        var digest = new MerkleHash(SHA256.HashData(artifact.Span));
        try
        {
            var answer = await http.PostAsync(
                log.Entries,
                "application/json",
                Request(digest, signature.Span, key),
                log.TimeLimit,
                LogEntry.MaxBytes,
                cancellationToken
            );
            return Read(answer, digest, signature, key);
        }
        catch (OutgoingException failure)
        {
            return new RekorAnswer(RekorOutcome.Unreachable, failure.Message);
        }
    }

    private static byte[] Request(in MerkleHash digest, ReadOnlySpan<byte> signature, EcdsaPublicKey key) =>
        Encoding.ASCII.GetBytes(
            $$$$$$"""{"hashedRekordRequestV002":{"digest":"{{{{{{Convert.ToBase64String(digest.ToArray())}}}}}}","signature":{"content":"{{{{{{Convert.ToBase64String(signature)}}}}}}","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":"{{{{{{Convert.ToBase64String(key.SubjectPublicKeyInfo.Span)}}}}}}"}}}}}"""
        );

    private RekorAnswer Read(
        OutgoingAnswer answer,
        MerkleHash digest,
        ReadOnlyMemory<byte> signature,
        EcdsaPublicKey key
    ) =>
        answer.Status switch
        {
            HttpStatusCode.Created => Verify(LogEntry.TryParse(answer.Body.Span), digest, signature, key),
            HttpStatusCode.Conflict => new RekorAnswer(
                RekorOutcome.AlreadyLogged,
                answer.Headers.TryGetValues(IndexHeader, out var index) ? $"Index {index.First()}." : "No index."
            ),
            HttpStatusCode.ServiceUnavailable => new RekorAnswer(RekorOutcome.Busy, ""),
            HttpStatusCode.MethodNotAllowed => new RekorAnswer(RekorOutcome.Frozen, ""),
            var other => new RekorAnswer(RekorOutcome.Refused, $"It answered {(int)other}."),
        };

    private RekorAnswer Verify(LogEntry? entry, MerkleHash digest, ReadOnlyMemory<byte> signature, EcdsaPublicKey key)
    {
        if (entry is null)
        {
            return new RekorAnswer(RekorOutcome.NotVerified, "It is no entry.");
        }

        var hint = StatementKeyId.Of(key.SubjectPublicKeyInfo.Span);
        var bundle = new SigstoreBundle(hint, [entry], new MessageSignature(digest, signature), Envelope: null);
        var verdict = SigstoreVerification.Verify(bundle, digest, key, log.Trust, clock.GetUtcNow());
        return verdict.Accepted
            ? new RekorAnswer(RekorOutcome.Logged, $"Index {entry.Index}.", bundle)
            : new RekorAnswer(RekorOutcome.NotVerified, string.Join(", ", verdict.Refusals));
    }
}
