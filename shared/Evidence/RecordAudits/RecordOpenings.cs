using System.Buffers.Binary;
using System.Security.Cryptography;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.RecordAudits;

/// <summary>The owner's side: keeps of a dataset that is committed to once more what opens some of its records. Belongs to one thread.</summary>
/// <param name="indices">Ascending, each once.</param>
public sealed class RecordOpenings(IReadOnlyList<long> indices)
{
    private readonly List<MerkleHash> roots = [];
    private readonly List<(long Index, RecordFeatures Features, MerkleHash[] Path)> kept = [];

    /// <summary>The root over all chunks that were added.</summary>
    public MerkleHash Root => DatasetRoot.FromChunkRoots([.. roots]);

    /// <summary>Adds the next chunk.</summary>
    public void Add(CommittedChunk chunk, string attestationId)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        roots.Add(chunk.Root);
        var first = (long)chunk.Number * DatasetChunk.Records;
        long[] here = [.. indices.Where(index => index >= first && index < first + chunk.Count)];
        if (here.Length == 0)
        {
            return;
        }

        if (!DatasetChunk.TryParse(chunk.Bytes.Span, attestationId, chunk.Number, out var parsed, out var error))
        {
            throw new InvalidDataException($"A chunk that was just made cannot be read: {error}.");
        }

        foreach (var index in here)
        {
            var place = (int)(index - first);
            kept.Add((index, parsed.Features(place), MerkleTree.InclusionProof(parsed.Leaves, place)));
        }
    }

    /// <summary>The records with their proofs, after all chunks were added.</summary>
    /// <param name="records">Those of the indices, in their order.</param>
    public IReadOnlyList<OpenedRecord> Open(IReadOnlyList<PickedRecord> records, ReadOnlySpan<byte> saltKey)
    {
        ArgumentNullException.ThrowIfNull(records);
        var opened = new List<OpenedRecord>();
        for (var i = 0; i < kept.Count; i++)
        {
            var (index, features, path) = kept[i];
            if (records[i].Index != index)
            {
                throw new ArgumentException("The records are those of the indices, in their order.", nameof(records));
            }

            opened.Add(
                new OpenedRecord(
                    index,
                    records[i].IsPlain,
                    records[i].Content,
                    Salt(saltKey, index),
                    features,
                    [.. path, .. MerkleTree.InclusionProof([.. roots], (int)(index / DatasetChunk.Records))]
                )
            );
        }

        return opened;
    }

    private static byte[] Salt(ReadOnlySpan<byte> saltKey, long index)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(number, index);
        return HMACSHA256.HashData(saltKey, number);
    }
}
