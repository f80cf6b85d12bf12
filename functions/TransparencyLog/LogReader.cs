using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;
using Lace.Functions.TransparencyLog.Witnesses;
using Lace.Platform;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog;

/// <summary>What the log shows to everybody: its checkpoint, its entries, and proofs made from its tiles.</summary>
internal sealed class LogReader(IBlobStore blobs, LogPlace place)
{
    private readonly CosignedCheckpoints cosigned = new(blobs, place);

    /// <summary>The newest public checkpoint as a signed note (UTF-8); null before the first one.</summary>
    public async Task<ReadOnlyMemory<byte>?> CheckpointAsync(CancellationToken cancellationToken = default) =>
        (await blobs.GetAsync(place.Blob(LogPlace.Checkpoint), cancellationToken))?.Content;

    /// <summary>The newest public checkpoint, with the cosignatures that came for it by now.</summary>
    public async Task<ReadOnlyMemory<byte>?> ShownCheckpointAsync(CancellationToken cancellationToken = default) =>
        await CheckpointAsync(cancellationToken) is not { } bytes ? default(ReadOnlyMemory<byte>?)
        : SignedNote.TryParse(bytes.Span, out var note)
        && await cosigned.ReadAsync(cancellationToken) is { } witnessed
        && witnessed.Note.Text == note.Text
            ? witnessed.Bytes
        : bytes;

    /// <summary>
    /// The newest checkpoint that witnesses cosigned, where it covers so many entries, else the newest public one; null before
    /// the first one.
    /// </summary>
    public async Task<ReadOnlyMemory<byte>?> CheckpointOverAsync(
        long entries,
        CancellationToken cancellationToken = default
    ) =>
        await cosigned.ReadAsync(cancellationToken) is { } witnessed && witnessed.Checkpoint.Size >= entries
            ? witnessed.Bytes
            : await CheckpointAsync(cancellationToken);

    /// <summary>The path from an entry up to the head of a size that was published (RFC 6962 section 2.1.1).</summary>
    /// <exception cref="InvalidDataException">The log has no tiles of that size.</exception>
    public Task<MerkleHash[]> InclusionProofAsync(
        long index,
        long size,
        CancellationToken cancellationToken = default
    ) => ComputeAsync(TileProof.Inclusion(index, size), cancellationToken);

    /// <summary>What leads from the head of one published size to that of a later one (RFC 6962 section 2.1.2).</summary>
    /// <exception cref="InvalidDataException">The log has no tiles of that size.</exception>
    public Task<MerkleHash[]> ConsistencyProofAsync(
        long size1,
        long size2,
        CancellationToken cancellationToken = default
    ) => ComputeAsync(TileProof.Consistency(size1, size2), cancellationToken);

    /// <summary>The bytes of a tile or of an entry bundle; null where there is none of that width.</summary>
    public async Task<ReadOnlyMemory<byte>?> TileAsync(TilePath path, CancellationToken cancellationToken = default) =>
        (await blobs.GetAsync(place.Blob(path.ToString()), cancellationToken))?.Content;

    private async Task<MerkleHash[]> ComputeAsync(TileProof proof, CancellationToken cancellationToken)
    {
        var tiles = await Task.WhenAll(
            proof.Tiles.Select(async path =>
                (
                    path,
                    content: await TileAsync(path, cancellationToken)
                        ?? throw new InvalidDataException($"The log has no {path}.")
                )
            )
        );
        var contents = tiles.ToDictionary(tile => tile.path, tile => tile.content);
        return proof.Compute(path => contents[path]);
    }
}
