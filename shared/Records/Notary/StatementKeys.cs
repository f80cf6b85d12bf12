using Lace.Evidence.Statements;
using Lace.Platform;

namespace Lace.Records.Notary;

/// <summary>The keys that sign statements, and for which statements each of them counts.</summary>
internal sealed class StatementKeys(IKeyService keys)
{
    /// <summary>Their name in the key service, where they belong to <see cref="TenantId.Service"/>.</summary>
    public const string Name = "statements";

    /// <summary>What signs a statement, in the order in which a rotation replaces them.</summary>
    public static readonly IReadOnlyList<SigningAlgorithm> Algorithms =
    [
        SigningAlgorithm.EcdsaP256,
        SigningAlgorithm.MlDsa65Ed25519,
    ];

    /// <summary>A statement carries the time of what it states, such as the receipt of a segment, and is signed after it.</summary>
    private static readonly TimeSpan StatedBeforeSigned = TimeSpan.FromDays(1);

    /// <summary>Times of keys are whole seconds, and a signature may be under way while its key is retired.</summary>
    private static readonly TimeSpan UnderWay = TimeSpan.FromMinutes(1);

    /// <summary>All that were ever made, the retired ones as well: those of today, and the first of all, are made here if need be.</summary>
    /// <remarks>
    /// Every key counts from the beginning of the first one: the end of a run may be stated, and so signed, any time after it. The
    /// end of a key's time is what protects.
    /// </remarks>
    public async Task<IReadOnlyList<StatementKey>> ListAsync(CancellationToken cancellationToken = default)
    {
        foreach (var algorithm in Algorithms)
        {
            await keys.GetSigningKeyAsync(TenantId.Service, Name, algorithm, cancellationToken);
        }

        var all = await keys.ListSigningKeysAsync(TenantId.Service, Name, cancellationToken);
        return
        [
            .. all.Select(key =>
                StatementKey.TryImport(
                    key.Algorithm == SigningAlgorithm.EcdsaP256 ? StatementAlgorithm.P256 : StatementAlgorithm.Hybrid,
                    key.PublicKey.Span,
                    all[0].CreatedAt - StatedBeforeSigned,
                    key.RetiredAt + UnderWay
                ) ?? throw new InvalidDataException($"The key service gave no {key.Algorithm} key for {key.KeyId}.")
            ),
        ];
    }
}
