using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;
using Lace.Evidence.Transparency;
using Lace.Functions.Storage;

namespace Lace.Functions.Verify;

/// <summary>Opens the blocks of a stored filter that a question falls on, with their proof, reading little more than them.</summary>
internal sealed class FilterProver(StoredFilters filters)
{
    /// <exception cref="InvalidDataException">The store does not give back the filter that was committed.</exception>
    public Task<OpenedBlocks> OpenAsync(
        AskedFilter asked,
        IReadOnlyList<ulong> keys,
        CancellationToken cancellationToken
    ) =>
        OpenAsync(
            new StoredFilter(asked, FilterContent.Fingerprints, asked.Filter.Blocks, asked.Filter.Root),
            keys,
            cancellationToken
        );

    /// <summary>The same of the filter for near-duplicates.</summary>
    /// <exception cref="InvalidDataException">The store does not give back the filter that was committed.</exception>
    public Task<OpenedBlocks> OpenAsync(
        AskedFilter asked,
        CommittedBands bands,
        IReadOnlyList<ulong> keys,
        CancellationToken cancellationToken
    ) => OpenAsync(new StoredFilter(asked, FilterContent.Bands, bands.Blocks, bands.Root), keys, cancellationToken);

    private async Task<OpenedBlocks> OpenAsync(
        StoredFilter filter,
        IReadOnlyList<ulong> keys,
        CancellationToken cancellationToken
    )
    {
        var (asked, content, count, root) = filter;
        var indices = OpenedBlocks.Indices(keys, count);
        var parts = new List<StoredFilterPart>();
        await foreach (var (_, part) in filters.PartsAsync(asked.Owner, asked.Id, content, cancellationToken))
        {
            parts.Add(part);
        }

        var reader = new Reader(filters, filter, parts);
        var blocks = new byte[indices.Length * BlockedBloomFilter.BlockSize];
        for (var i = 0; i < indices.Length; i++)
        {
            var block = await reader.BlockAsync(indices[i], cancellationToken);
            block.CopyTo(blocks.AsMemory(i * BlockedBloomFilter.BlockSize));
        }

        var hashes = new List<MerkleHash>();
        foreach (var range in BlockTree.Siblings(indices, count))
        {
            hashes.Add(await reader.HeadAsync(range, cancellationToken));
        }

        var opened = new OpenedBlocks(blocks, hashes);
        return opened.Prove([.. keys], count, root)
            ? opened
            : throw new InvalidDataException($"The stored filter of {asked.Id} is not the one that was committed.");
    }

    private sealed record StoredFilter(AskedFilter Asked, FilterContent Content, long Blocks, MerkleHash Root);

    /// <summary>Keeps what it read for one question: neighbours are asked for one after the other.</summary>
    private sealed class Reader(StoredFilters filters, StoredFilter filter, IReadOnlyList<StoredFilterPart> parts)
    {
        private const int Node = FilterPart.NodeBlocks;

        private (long Number, ReadOnlyMemory<byte> Blocks) group = (-1, default);
        private (int Number, MerkleHash[] Nodes) nodes = (-1, []);

        public async Task<ReadOnlyMemory<byte>> BlockAsync(long index, CancellationToken cancellationToken)
        {
            var blocks = await GroupAsync(index / Node, cancellationToken);
            return blocks.Slice((int)(index % Node) * BlockedBloomFilter.BlockSize, BlockedBloomFilter.BlockSize);
        }

        // A range that a proof names is a subtree: below a node of a part, of whole nodes in a part, or of whole parts.
        public async Task<MerkleHash> HeadAsync(BlockRange range, CancellationToken cancellationToken)
        {
            var part = (int)(range.First / FilterPart.Blocks);
            var inPart = range.First % FilterPart.Blocks;
            var last = range.First + range.Count;
            if (inPart == 0 && (range.Count >= FilterPart.Blocks || last == filter.Blocks))
            {
                var count = (int)((range.Count + FilterPart.Blocks - 1) / FilterPart.Blocks);
                return MerkleTree.Head([.. parts.Skip(part).Take(count).Select(Root)]);
            }

            if (range.Count >= Node || (inPart % Node == 0 && last == filter.Blocks))
            {
                var all = await NodesAsync(part, cancellationToken);
                var count = (int)((range.Count + Node - 1) / Node);
                return MerkleTree.Head(all.AsSpan((int)(inPart / Node), count));
            }

            var blocks = await GroupAsync(range.First / Node, cancellationToken);
            var place = (int)(range.First % Node) * BlockedBloomFilter.BlockSize;
            return BlockTree.Head(
                range.First,
                blocks.Span.Slice(place, (int)range.Count * BlockedBloomFilter.BlockSize)
            );
        }

        private async Task<ReadOnlyMemory<byte>> GroupAsync(long number, CancellationToken cancellationToken)
        {
            if (group.Number != number)
            {
                var part = (int)(number * Node / FilterPart.Blocks);
                var first = (int)(number * Node % FilterPart.Blocks);
                var count = Math.Min(Node, parts[part].Blocks - first);
                var blocks = await filters.BlocksAsync(
                    filter.Asked.Owner,
                    filter.Asked.Id,
                    filter.Content,
                    part,
                    parts[part],
                    first,
                    count,
                    cancellationToken
                );
                group = (number, blocks);
            }

            return group.Blocks;
        }

        private async Task<MerkleHash[]> NodesAsync(int part, CancellationToken cancellationToken)
        {
            if (nodes.Number != part)
            {
                var all = await filters.NodesAsync(
                    filter.Asked.Owner,
                    filter.Asked.Id,
                    filter.Content,
                    part,
                    parts[part],
                    cancellationToken
                );
                nodes = (part, all);
            }

            return nodes.Nodes;
        }

        private static MerkleHash Root(StoredFilterPart part) =>
            MerkleHash.TryParse(part.Root, out var root)
                ? root
                : throw new InvalidDataException("A stored part of a filter has no root.");
    }
}
