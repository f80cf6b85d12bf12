using System.Security.Cryptography;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements.Sigstore;

/// <summary>What came of checking a Sigstore bundle.</summary>
public sealed class SigstoreVerdict
{
    internal SigstoreVerdict(IReadOnlyList<SigstoreRefusal> refusals, IReadOnlyList<string> notChecked)
    {
        Refusals = refusals;
        NotChecked = notChecked;
    }

    /// <summary>Whether nothing speaks against the bundle; <see cref="NotChecked"/> is left open.</summary>
    public bool Accepted => Refusals.Count == 0;

    /// <summary>Every reason that was found to refuse it.</summary>
    public IReadOnlyList<SigstoreRefusal> Refusals { get; }

    /// <summary>Parts that nothing was said about: <c>artifact</c> (no digest was given), <c>timestamps</c> (RFC 3161, not read).</summary>
    public IReadOnlyList<string> NotChecked { get; }
}

/// <summary>Checks a bundle signed with a managed P-256 key and logged in a trusted log, Rekor v1 or v2.</summary>
/// <remarks>
/// Key, trusted logs and time come from the caller only. A bundle whose signer is named by a certificate is refused as a whole:
/// nothing of it is checked.
/// </remarks>
public static class SigstoreVerification
{
    /// <param name="artifact">SHA-256 of what the bundle is about; needed for a message signature.</param>
    /// <param name="key">The signer's, as the verifier knows it.</param>
    /// <param name="time">The verifier's; nothing may be from later.</param>
    public static SigstoreVerdict Verify(
        SigstoreBundle bundle,
        MerkleHash? artifact,
        EcdsaPublicKey? key,
        TrustedRoot root,
        DateTimeOffset time
    )
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(root);
        if (CheckSigner(bundle, key) is { } unusable)
        {
            return new SigstoreVerdict([unusable], []);
        }

        if (bundle.Envelope is null && artifact is null)
        {
            return new SigstoreVerdict([SigstoreRefusal.ArtifactRequired], []);
        }

        var refusals = new List<SigstoreRefusal>();
        if (bundle.KeyHint is { Length: > 0 } hint && hint != StatementKeyId.Of(key!.SubjectPublicKeyInfo.Span))
        {
            refusals.Add(SigstoreRefusal.KeyHint);
        }

        var signed = bundle.Envelope is { } envelope
            ? CheckEnvelope(envelope, bundle.KeyHint!, artifact, key!, refusals)
            : CheckMessage(bundle.Message!, artifact!.Value, key!, refusals);
        if (bundle.LogEntries.Count == 0)
        {
            refusals.Add(SigstoreRefusal.LogEntryRequired);
        }

        refusals.AddRange(bundle.LogEntries.SelectMany(entry => LogEntryVerification.Check(entry, signed, root, time)));
        return new SigstoreVerdict(refusals, [.. LeftOpen(bundle, artifact)]);
    }

    internal static SigstoreRefusal? CheckSigner(SigstoreBundle bundle, EcdsaPublicKey? key) =>
        bundle.KeyHint is null ? SigstoreRefusal.CertificateNotSupported
        : key is null ? SigstoreRefusal.KeyRequired
        : key.Curve != EcdsaCurve.P256 ? SigstoreRefusal.KeyNotSupported
        : null;

    private static SignedContent CheckMessage(
        MessageSignature message,
        MerkleHash artifact,
        EcdsaPublicKey key,
        List<SigstoreRefusal> refusals
    )
    {
        if (message.Digest is { } stated && stated != artifact)
        {
            refusals.Add(SigstoreRefusal.ArtifactDigest);
        }

        if (!key.VerifyHash(artifact.ToArray(), message.Signature.Span))
        {
            refusals.Add(SigstoreRefusal.Signature);
        }

        return new SignedContent(artifact, PayloadDigest: null, message.Signature, key);
    }

    private static SignedContent CheckEnvelope(
        DsseEnvelope envelope,
        string hint,
        MerkleHash? artifact,
        EcdsaPublicKey key,
        List<SigstoreRefusal> refusals
    )
    {
        var pae = envelope.Pae();
        if (envelope.KeyId != hint)
        {
            refusals.Add(SigstoreRefusal.EnvelopeKeyId);
        }

        if (envelope.PayloadType != Dsse.InTotoPayloadType)
        {
            refusals.Add(SigstoreRefusal.PayloadType);
        }

        if (!key.Verify(pae, envelope.Signature.Span))
        {
            refusals.Add(SigstoreRefusal.Signature);
        }

        if (InToto.TryParse(envelope.Payload) is not { } statement)
        {
            refusals.Add(SigstoreRefusal.Payload);
        }
        else if (artifact is { } digest && statement.Subjects.All(subject => subject.Digest != digest))
        {
            refusals.Add(SigstoreRefusal.ArtifactDigest);
        }

        return new SignedContent(
            new MerkleHash(SHA256.HashData(pae)),
            new MerkleHash(SHA256.HashData(envelope.Payload.Span)),
            envelope.Signature,
            key
        );
    }

    private static IEnumerable<string> LeftOpen(SigstoreBundle bundle, MerkleHash? artifact)
    {
        if (artifact is null)
        {
            yield return "artifact";
        }

        if (bundle.HasTimestamps)
        {
            yield return "timestamps";
        }
    }
}
