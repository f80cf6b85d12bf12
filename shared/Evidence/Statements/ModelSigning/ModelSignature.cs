using Lace.Evidence.Statements.Sigstore;

namespace Lace.Evidence.Statements.ModelSigning;

/// <summary>Checks an OpenSSF model signature (<c>model.sig</c>, Model Signing v1.0) made with a managed key.</summary>
/// <remarks>
/// ECDSA on P-256, P-384 or P-521 with the hash of that size, over the PAE of an in-toto statement. Log entries that such a
/// bundle may carry are not looked at. Whether the files are the signed ones says <see cref="ModelManifest.Check"/>.
/// </remarks>
public static class ModelSignature
{
    private const string PredicateType = "https://model_signing/signature/v1.0";

    /// <summary>What was signed; null and the reason where the signature does not hold.</summary>
    public static ModelManifest? Verify(SigstoreBundle bundle, EcdsaPublicKey? key, out SigstoreRefusal reason)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var manifest = default(ModelManifest);
        reason =
            bundle.KeyHint is null ? SigstoreRefusal.CertificateNotSupported
            : key is null ? SigstoreRefusal.KeyRequired
            : bundle.Envelope is not { } envelope ? SigstoreRefusal.Content
            : envelope.PayloadType != Dsse.InTotoPayloadType ? SigstoreRefusal.PayloadType
            : !key.Verify(envelope.Pae(), envelope.Signature.Span) ? SigstoreRefusal.Signature
            : InToto.TryParse(envelope.Payload) is not { } statement ? SigstoreRefusal.Payload
            : statement.PredicateType != PredicateType ? SigstoreRefusal.ModelPredicateType
            : ModelManifest.Read(statement, out manifest);
        return manifest;
    }
}
