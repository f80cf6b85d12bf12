using System.Runtime.CompilerServices;
using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Evidence.Datasets;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Storage;

namespace Lace.Functions.Storage;

/// <summary>An attestation and the version of its item: who changes it must have seen the newest.</summary>
public sealed record StoredAttestation(Attestation Document, Item Item);

/// <summary>Attestations of all tenants. Ids are checked here: one that cannot be an id is simply not found.</summary>
public sealed class Attestations(IItemStore items, IBlobStore blobs, AuditTrail audit, TimeProvider clock)
{
    private const string Meta = "META";
    private const string List = "ATTESTATIONS";
    private const string IdPrefix = Attestation.IdPrefix;

    /// <summary>A new attestation under a fresh id; the item, its place in the list and its owner are written together.</summary>
    public async Task<Attestation> CreateAsync(
        TenantId tenant,
        string? name,
        IReadOnlyDictionary<string, string>? metadata,
        AttestedDataset dataset,
        TrainingPlan? plan,
        AuditedRequest request,
        AttestedFilter? fingerprints = null,
        Func<string, ItemWrite>? filterKey = null,
        CancellationToken cancellationToken = default
    )
    {
        while (true)
        {
            var now = clock.GetUtcNow();
            var id = RandomId.At(IdPrefix, now);
            var created = new Attestation(
                id,
                Attestation.Uploading,
                name,
                metadata,
                dataset,
                plan,
                null,
                now,
                null,
                null,
                null,
                Fingerprints: fingerprints
            );
            ItemWrite[] writes =
            [
                PublicIds.Claim(id, tenant),
                ItemWrite.Create(Place(tenant, id), Json(created)),
                Summary(tenant, created),
                .. filterKey is null ? (ItemWrite[])[] : [filterKey(id)],
            ];
            var operation = new AuditedOperation(AuditOperation.AttestationCreate, id, request)
            {
                Phase = AuditPhase.Accepted,
                Produced = [id],
            };
            if (await audit.TransactAsync(tenant, operation, writes, cancellationToken))
            {
                return created;
            }
        }
    }

    /// <summary>Null where the tenant has no such attestation.</summary>
    public async Task<StoredAttestation?> GetAsync(
        TenantId tenant,
        string id,
        CancellationToken cancellationToken = default
    ) =>
        RandomId.IsValid(IdPrefix, id) && await items.GetAsync(Place(tenant, id), cancellationToken) is { } item
            ? new StoredAttestation(item.Read(StorageJson.Default.Attestation), item)
            : null;

    /// <summary>One page, newest first.</summary>
    public async Task<(IReadOnlyList<AttestationSummary> Page, string? Next)> ListAsync(
        TenantId tenant,
        int limit,
        string? after,
        CancellationToken cancellationToken = default
    )
    {
        var query = new ItemQuery(tenant, List, After: after, Limit: limit, Descending: true);
        var page = await items.QueryAsync(query, cancellationToken);
        return ([.. page.Items.Select(item => item.Read(StorageJson.Default.AttestationSummary))], page.Next);
    }

    /// <summary>Makes the attestation revoked; false where somebody else changed it meanwhile.</summary>
    public Task<bool> RevokeAsync(
        StoredAttestation seen,
        Attestation revoked,
        AuditedRequest request,
        CancellationToken cancellationToken = default
    ) =>
        ReplaceAsync(
            seen,
            revoked,
            new AuditedOperation(AuditOperation.AttestationRevoke, revoked.Id, request),
            cancellationToken
        );

    /// <summary>Makes the attestation complete, with what else is to be written with it; false where somebody else changed it meanwhile.</summary>
    public Task<bool> CompleteAsync(
        StoredAttestation seen,
        Attestation complete,
        IReadOnlyList<ItemWrite> also,
        AuditedRequest request,
        CancellationToken cancellationToken = default
    ) =>
        ReplaceAsync(
            seen,
            complete,
            new AuditedOperation(AuditOperation.AttestationComplete, complete.Id, request)
            {
                Produced = ["sha256:" + complete.StatementSha256],
            },
            cancellationToken,
            also
        );

    /// <summary>
    /// Keeps a chunk. Its bytes are written first, under a path with their digest; the item decides which bytes are the chunk.
    /// </summary>
    /// <returns>What is stored by now: <paramref name="chunk"/>, or another one that came before it.</returns>
    internal async Task<StoredChunk> PutChunkAsync(
        TenantId tenant,
        string id,
        int number,
        StoredChunk chunk,
        ReadOnlyMemory<byte> bytes,
        CancellationToken cancellationToken = default
    )
    {
        await blobs.PutIfAbsentAsync(ChunkKey(tenant, id, number, chunk.Sha256), bytes, cancellationToken);
        var document = JsonSerializer.Serialize(chunk, StorageJson.Default.StoredChunk);
        return await items.WriteAsync(ItemWrite.Create(ChunkPlace(tenant, id, number), document), cancellationToken)
            ? chunk
            : await GetChunkAsync(tenant, id, number, cancellationToken)
                ?? throw new InvalidDataException($"Chunk {number} of {id} is there and is not there.");
    }

    /// <summary>What is kept of a chunk; null where it was not received.</summary>
    internal async Task<StoredChunk?> GetChunkAsync(
        TenantId tenant,
        string id,
        int number,
        CancellationToken cancellationToken = default
    ) =>
        (await items.GetAsync(ChunkPlace(tenant, id, number), cancellationToken))?.Read(
            StorageJson.Default.StoredChunk
        );

    /// <summary>All received chunks by number.</summary>
    internal async IAsyncEnumerable<(int Number, StoredChunk Chunk)> ChunksAsync(
        TenantId tenant,
        string id,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await foreach (var item in items.AllAsync(tenant, Partition(id), ChunkPrefix, cancellationToken))
        {
            yield return (
                int.Parse(item.Key.Sort.AsSpan(ChunkPrefix.Length)),
                item.Read(StorageJson.Default.StoredChunk)
            );
        }
    }

    /// <summary>A chunk's entries, read and checked against its item.</summary>
    /// <exception cref="InvalidDataException">The chunk was not received, or its bytes are not what was received.</exception>
    public async Task<ParsedChunk> ReadChunkAsync(
        TenantId tenant,
        string id,
        int number,
        CancellationToken cancellationToken = default
    )
    {
        var stored = await GetChunkAsync(tenant, id, number, cancellationToken);
        var blob = stored is null
            ? null
            : await blobs.GetAsync(ChunkKey(tenant, id, number, stored.Sha256), cancellationToken);
        return
            stored is not null
            && blob is not null
            && DatasetChunk.TryParse(blob.Content.Span, id, number, out var chunk, out _)
            && chunk.Root.ToString() == stored.Root
            ? chunk
            : throw new InvalidDataException($"Chunk {number} of {id} is missing or damaged in the store.");
    }

    /// <summary>Replaces the document and its line in the list.</summary>
    private Task<bool> ReplaceAsync(
        StoredAttestation seen,
        Attestation document,
        AuditedOperation operation,
        CancellationToken cancellationToken,
        IReadOnlyList<ItemWrite>? also = null
    )
    {
        var tenant = seen.Item.Key.Tenant;
        ItemWrite[] writes = [ItemWrite.Replace(seen.Item, Json(document)), Summary(tenant, document), .. also ?? []];
        return audit.TransactAsync(tenant, operation, writes, cancellationToken);
    }

    private const string ChunkPrefix = "CHUNK#";

    private static string Partition(string id) => $"ATT#{id}";

    private static ItemKey Place(TenantId tenant, string id) => new(tenant, Partition(id), Meta);

    private static ItemKey ChunkPlace(TenantId tenant, string id, int number) =>
        new(tenant, Partition(id), $"{ChunkPrefix}{number:D8}");

    private static BlobKey ChunkKey(TenantId tenant, string id, int number, string sha256) =>
        new(tenant, $"attestations/{id}/chunks/{number:D8}-{sha256}");

    private static string Json(Attestation document) =>
        JsonSerializer.Serialize(document, StorageJson.Default.Attestation);

    private static ItemWrite Summary(TenantId tenant, Attestation of) =>
        ItemWrite.Put(
            new ItemKey(tenant, List, of.Id),
            JsonSerializer.Serialize(
                new AttestationSummary(
                    of.Id,
                    of.Status,
                    of.Name,
                    of.Dataset.Records,
                    of.Dataset.Root,
                    of.CreatedAt,
                    of.Revoked?.At
                ),
                StorageJson.Default.AttestationSummary
            )
        );
}
