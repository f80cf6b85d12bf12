using System.Text.Json;
using Lace.Cryptography.Sealing;
using Lace.Evidence.Statements;
using Lace.Platform;
using Lace.Records.Notary;
using Lace.Records.Storage;

namespace Lace.Records.Training;

/// <summary>A sealed state of a training, as it is kept.</summary>
/// <param name="Name">The caller's, for lists and for finding it again.</param>
/// <param name="Blob">Its sealed content, in blobs below <c>artifacts/ID/</c>.</param>
/// <param name="Key">Data key, wrapped under the context <c>artifact/ID</c>.</param>
/// <param name="KeyId">Names the data key: SHA-256 of its wrapped form, the first 16 hex digits.</param>
/// <param name="BaseDigest">Of the weights that the training began with.</param>
/// <param name="Private">Whether it was trained under differential privacy, and so has a certificate.</param>
/// <param name="History">What was spent on it.</param>
internal sealed record Artifact(
    string Id,
    string ClientId,
    string? Name,
    string ModelRef,
    SealedBlob Blob,
    byte[] Key,
    string KeyId,
    long Step,
    bool IncludesOptimizer,
    string? BaseDigest,
    bool Private,
    IReadOnlyList<StoredPhase>? History,
    long DeclaredSteps,
    DateTimeOffset CreatedAt,
    IReadOnlyDictionary<string, JsonElement>? Metadata = null
)
{
    /// <summary>What the files are sealed by, for those who ask.</summary>
    public const string Algorithm = "AES-256-GCM";
}

/// <summary>Why an artifact is not given out.</summary>
internal enum ArtifactFault
{
    None,

    /// <summary>Its key is gone, or is not a key of this artifact of this tenant.</summary>
    WrongKey,

    /// <summary>What is stored is another object than the one it was sealed as, or was sealed under another key.</summary>
    WrongKeyOrContext,

    /// <summary>It was changed, cut or lengthened.</summary>
    Altered,

    /// <summary>What is stored there is no sealed file, or nothing.</summary>
    NotSealed,
}

/// <summary>Sealed artifacts of all tenants. An id of another tenant is simply not found.</summary>
internal sealed class Artifacts(IItemStore items, IBlobStore blobs, IKeyService keys, SignedStatements statements)
{
    private const string Purpose = "artifact";
    private const int PageItems = 100;

    /// <summary>Null where the tenant has no such artifact.</summary>
    public async Task<Artifact?> GetAsync(TenantId tenant, string id, CancellationToken cancellationToken = default) =>
        TrainingIds.IsArtifact(id)
        && await items.GetAsync(TrainingIds.Artifact(tenant, id), cancellationToken) is { } item
        && item.Read(TrainingJson.Default.Artifact) is var artifact
        && artifact.Id == id
            ? artifact
            : null;

    /// <summary>One page, newest first.</summary>
    public async Task<(IReadOnlyList<Artifact> Page, string? Next)> ListAsync(
        TenantId tenant,
        int limit,
        string? after,
        CancellationToken cancellationToken = default
    )
    {
        var query = new ItemQuery(tenant, TrainingIds.Artifacts, After: after, Limit: limit, Descending: true);
        var page = await items.QueryAsync(query, cancellationToken);
        return ([.. page.Items.Select(item => item.Read(TrainingJson.Default.Artifact))], page.Next);
    }

    /// <summary>The newest of that name, of one training client or of all; null where there is none.</summary>
    public async Task<Artifact?> FindByNameAsync(
        TenantId tenant,
        string name,
        string? clientId = null,
        CancellationToken cancellationToken = default
    )
    {
        string? after = null;
        do
        {
            (var page, after) = await ListAsync(tenant, PageItems, after, cancellationToken);
            if (page.FirstOrDefault(a => a.Name == name && (clientId ?? a.ClientId) == a.ClientId) is { } found)
            {
                return found;
            }
        } while (after is not null);

        return null;
    }

    /// <summary>The content, for its owner: each chunk is checked before it is given out.</summary>
    public async Task<(ArtifactFault Fault, Stream? Content)> OpenAsync(
        TenantId tenant,
        Artifact artifact,
        CancellationToken cancellationToken = default
    )
    {
        using var key = await keys.UnwrapDataKeyAsync(tenant, KeyContext(artifact.Id), artifact.Key, cancellationToken);
        if (key is null)
        {
            return (ArtifactFault.WrongKey, null);
        }

        var (result, content) = await SealedBlobs.OpenAsync(
            blobs,
            tenant,
            Folder(artifact.Id),
            artifact.Blob,
            key.Plaintext.ToArray(),
            Context(tenant, artifact.Id),
            cancellationToken
        );
        return (
            result switch
            {
                OpenResult.Opened => ArtifactFault.None,
                OpenResult.NotSealed => ArtifactFault.NotSealed,
                OpenResult.WrongKeyOrContext => ArtifactFault.WrongKeyOrContext,
                _ => ArtifactFault.Altered,
            },
            content
        );
    }

    /// <summary>Seals a content under a fresh key of a fresh id. No item names it until the writes of <see cref="Keep"/> are committed.</summary>
    public async Task<(string Id, SealedBlob Blob, byte[] Key)> SealAsync(
        TenantId tenant,
        DateTimeOffset now,
        Action<Stream> write,
        CancellationToken cancellationToken = default
    )
    {
        var id = RandomId.At(TrainingIds.ArtifactPrefix, now);
        using var key = await keys.GenerateDataKeyAsync(tenant, KeyContext(id), cancellationToken);
        var blob = await SealedBlobs.WriteAsync(
            blobs,
            tenant,
            Folder(id),
            key.Plaintext.ToArray(),
            Context(tenant, id),
            write,
            cancellationToken
        );
        return (id, blob, key.Wrapped.ToArray());
    }

    /// <summary>The writes that make a sealed content an artifact, with its certificate: part of the transaction that ends its operation.</summary>
    public IReadOnlyList<ItemWrite> Keep(TenantId tenant, Artifact artifact, NotarizedStatement? certificate) =>
        [
            ItemWrite.Create(
                TrainingIds.Artifact(tenant, artifact.Id),
                JsonSerializer.Serialize(artifact, TrainingJson.Default.Artifact)
            ),
            .. certificate is null
                ? []
                : statements.Store(
                    new StatementPlace(tenant, artifact.Id, StatementKinds.PrivacyCertificate),
                    certificate
                ),
        ];

    /// <summary>The signed certificate of an artifact; null where it was trained without differential privacy.</summary>
    public Task<StoredStatement?> CertificateAsync(
        TenantId tenant,
        string artifactId,
        CancellationToken cancellationToken = default
    ) => statements.NewestAsync(tenant, artifactId, StatementKinds.PrivacyCertificate, cancellationToken);

    public static string KeyContext(string id) => "artifact/" + id;

    public static string Folder(string id) => $"artifacts/{id}/";

    private static SealContext Context(TenantId tenant, string id) => new(tenant.Value, Purpose, id);
}
