using Lace.Evidence.Statements;
using Lace.Platform;

namespace Lace.Records.Notary;

/// <summary>A signed statement with the bodies of its two leaves in the log.</summary>
internal sealed record NotarizedStatement(
    Statement Statement,
    SignedStatement Signed,
    ReadOnlyMemory<byte> P256Leaf,
    ReadOnlyMemory<byte> HybridLeaf
);

/// <summary>Signs what the service says in its own name, twice (docs/formats/statements.md).</summary>
internal sealed class StatementSigner(IKeyService keys)
{
    public async Task<NotarizedStatement> SignAsync(Statement statement, CancellationToken cancellationToken = default)
    {
        var (p256Key, p256) = await SignAsync(SigningAlgorithm.EcdsaP256, statement.Pae, cancellationToken);
        var (hybridKey, hybrid) = await SignAsync(SigningAlgorithm.MlDsa65Ed25519, statement.Pae, cancellationToken);
        return new NotarizedStatement(
            statement,
            new SignedStatement(
                statement.Payload,
                new StatementSignature(p256Key.KeyId, p256),
                new StatementSignature(hybridKey.KeyId, hybrid)
            ),
            LogEntries.HashedRekord(statement.PaeDigest, p256, p256Key.PublicKey.Span),
            LogEntries.LaceHybrid(statement.PaeDigest, hybridKey.KeyId, hybrid)
        );
    }

    private async Task<(SigningPublicKey Key, byte[] Signature)> SignAsync(
        SigningAlgorithm algorithm,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var key = await keys.GetSigningKeyAsync(TenantId.Service, StatementKeys.Name, algorithm, cancellationToken);
            // No signature where the key was rotated since: then there is a newer one.
            if (await keys.SignAsync(TenantId.Service, key.KeyId, message, cancellationToken) is { } signature)
            {
                return (key, signature);
            }
        }
    }
}
