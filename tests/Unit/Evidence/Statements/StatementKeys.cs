using System.Security.Cryptography;
using Lace.Cryptography;
using Lace.Evidence.Statements;

namespace Lace.Tests.Evidence.Statements;

/// <summary>Both keys of a signer made for the test, and statements signed with them.</summary>
internal sealed class StatementKeys : IDisposable
{
    private readonly ECDsa p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SigningKey hybrid = SignatureAlgorithm.MlDsa65Ed25519.GenerateKey();

    public StatementKeys()
    {
        P256 = StatementKey.TryImport(
            StatementAlgorithm.P256,
            p256.ExportSubjectPublicKeyInfo(),
            MadeStatements.Time.AddDays(-1),
            MadeStatements.Time.AddDays(1)
        )!;
        Hybrid = StatementKey.TryImport(
            StatementAlgorithm.Hybrid,
            hybrid.PublicKey.Encoded,
            MadeStatements.Time.AddDays(-1)
        )!;
    }

    public StatementKey P256 { get; }

    public StatementKey Hybrid { get; }

    public IReadOnlyList<StatementKey> Both => [P256, Hybrid];

    public EcdsaPublicKey Ecdsa => EcdsaPublicKey.TryImport(P256.PublicKey.Span)!;

    public SignedStatement Sign(Statement statement) =>
        new(
            statement.Payload,
            new StatementSignature(P256.Id, SignP256(statement.Pae.Span)),
            new StatementSignature(Hybrid.Id, SignatureAlgorithm.MlDsa65Ed25519.Sign(hybrid, statement.Pae.Span))
        );

    public byte[] SignP256(ReadOnlySpan<byte> message) =>
        p256.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public void Dispose()
    {
        p256.Dispose();
        hybrid.Dispose();
    }
}
