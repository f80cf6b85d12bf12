using System.Runtime.CompilerServices;
using System.Text.Json;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;
using Lace.Platform;
using Lace.Records.Storage;

namespace Lace.Functions.Storage;

/// <summary>What is kept of a received part of a filter; its blocks and the nodes over them are in the blob store.</summary>
/// <param name="Sha256">Of the part as it was sent, and a piece of its path.</param>
/// <param name="Root">The part's node in the filter's tree.</param>
/// <param name="Fill">Pairs of bits set in a block, and how many blocks have so many.</param>
internal sealed record StoredFilterPart(string Sha256, int Blocks, string Root, IReadOnlyList<long[]> Fill);

/// <summary>The key of a keyed filter, wrapped by the tenant's.</summary>
internal sealed record StoredFilterKey(byte[] Wrapped);

/// <summary>The filters of all attestations, in parts.</summary>
internal sealed class StoredFilters(IItemStore items, IBlobStore blobs, IKeyService keys)
{
    /// <summary>A fresh key of a keyed filter, and the write that keeps it with its attestation.</summary>
    public async Task<(byte[] Key, Func<string, ItemWrite> Keep)> NewKeyAsync(
        TenantId tenant,
        string salt,
        CancellationToken cancellationToken
    )
    {
        using var key = await keys.GenerateDataKeyAsync(tenant, KeyContext(salt), cancellationToken);
        var document = JsonSerializer.Serialize(
            new StoredFilterKey(key.Wrapped.ToArray()),
            StorageJson.Default.StoredFilterKey
        );
        return (key.Plaintext.ToArray(), id => ItemWrite.Create(KeyPlace(tenant, id), document));
    }

    /// <summary>The key of a keyed filter; null where the tenant's keys were destroyed since.</summary>
    public async Task<DataKey?> KeyAsync(
        TenantId tenant,
        string id,
        string salt,
        CancellationToken cancellationToken
    ) =>
        await items.GetAsync(KeyPlace(tenant, id), cancellationToken) is { } item
            ? await keys.UnwrapDataKeyAsync(
                tenant,
                KeyContext(salt),
                item.Read(StorageJson.Default.StoredFilterKey).Wrapped,
                cancellationToken
            )
            : null;

    /// <summary>Keeps a part. Its bytes are written first, under a path with their digest; the item decides which are the part.</summary>
    /// <returns>What is stored by now: <paramref name="part"/>, or another one that came before it.</returns>
    public async Task<StoredFilterPart> PutAsync(
        TenantId tenant,
        string id,
        FilterContent content,
        int number,
        StoredFilterPart part,
        ReadOnlyMemory<byte> blocksAndNodes,
        CancellationToken cancellationToken
    )
    {
        await blobs.PutIfAbsentAsync(BlobOf(tenant, id, content, number, part), blocksAndNodes, cancellationToken);
        var document = JsonSerializer.Serialize(part, StorageJson.Default.StoredFilterPart);
        return await items.WriteAsync(
            ItemWrite.Create(PartPlace(tenant, id, content, number), document),
            cancellationToken
        )
            ? part
            : await GetAsync(tenant, id, content, number, cancellationToken)
                ?? throw new InvalidDataException($"Part {number} of the filter of {id} is there and is not there.");
    }

    /// <summary>What is kept of a part; null where it was not received.</summary>
    public async Task<StoredFilterPart?> GetAsync(
        TenantId tenant,
        string id,
        FilterContent content,
        int number,
        CancellationToken cancellationToken
    ) =>
        (await items.GetAsync(PartPlace(tenant, id, content, number), cancellationToken))?.Read(
            StorageJson.Default.StoredFilterPart
        );

    /// <summary>All received parts by number.</summary>
    public async IAsyncEnumerable<(int Number, StoredFilterPart Part)> PartsAsync(
        TenantId tenant,
        string id,
        FilterContent content,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var prefix = PartPrefix(content);
        await foreach (var item in items.AllAsync(tenant, Partition(id), prefix, cancellationToken))
        {
            yield return (
                int.Parse(item.Key.Sort.AsSpan(prefix.Length)),
                item.Read(StorageJson.Default.StoredFilterPart)
            );
        }
    }

    /// <summary>Some blocks of a part.</summary>
    /// <exception cref="InvalidDataException">The store does not have them.</exception>
    public Task<ReadOnlyMemory<byte>> BlocksAsync(
        TenantId tenant,
        string id,
        FilterContent content,
        int number,
        StoredFilterPart part,
        int first,
        int count,
        CancellationToken cancellationToken
    ) =>
        RangeAsync(
            BlobOf(tenant, id, content, number, part),
            first * BlockedBloomFilter.BlockSize,
            count * BlockedBloomFilter.BlockSize,
            cancellationToken
        );

    /// <summary>The nodes over a part's blocks.</summary>
    /// <exception cref="InvalidDataException">The store does not have them.</exception>
    public async Task<MerkleHash[]> NodesAsync(
        TenantId tenant,
        string id,
        FilterContent content,
        int number,
        StoredFilterPart part,
        CancellationToken cancellationToken
    )
    {
        var count = (part.Blocks + FilterPart.NodeBlocks - 1) / FilterPart.NodeBlocks;
        var bytes = await RangeAsync(
            BlobOf(tenant, id, content, number, part),
            part.Blocks * BlockedBloomFilter.BlockSize,
            count * MerkleHash.Size,
            cancellationToken
        );
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new MerkleHash(bytes.Span.Slice(i * MerkleHash.Size, MerkleHash.Size))),
        ];
    }

    private async Task<ReadOnlyMemory<byte>> RangeAsync(
        BlobKey key,
        int offset,
        int length,
        CancellationToken cancellationToken
    ) =>
        await blobs.GetRangeAsync(key, offset, length, cancellationToken) is { } bytes && bytes.Length == length
            ? bytes
            : throw new InvalidDataException($"{key.Path} is missing or damaged in the store.");

    private static string KeyContext(string salt) => $"fingerprints/{salt}";

    private static string Partition(string id) => $"ATT#{id}";

    private static ItemKey KeyPlace(TenantId tenant, string id) => new(tenant, Partition(id), "FILTERKEY");

    private static string PartPrefix(FilterContent content) => content == FilterContent.Bands ? "BANDS#" : "FILTER#";

    private static ItemKey PartPlace(TenantId tenant, string id, FilterContent content, int number) =>
        new(tenant, Partition(id), $"{PartPrefix(content)}{number:D8}");

    private static BlobKey BlobOf(
        TenantId tenant,
        string id,
        FilterContent content,
        int number,
        StoredFilterPart part
    ) =>
        new(
            tenant,
            $"attestations/{id}/{(content == FilterContent.Bands ? "bands" : "filter")}/{number:D8}-{part.Sha256}"
        );
}
