using System.Runtime.InteropServices;
using Lace.Cryptography.Hashing;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets;

/// <summary>The entries and leaf hashes of a batch's records.</summary>
internal sealed class BatchEntries
{
    private const int LeafPrefix = 1;

    private readonly List<RecordFeatures> features = [];
    private readonly List<MerkleHash> leaves = [];
    private readonly List<int> starts = [];
    private readonly List<int> lengths = [];
    private byte[] bytes = [];
    private byte[] digests = [];

    public int Count => leaves.Count;

    public MerkleHash Leaf(int i) => leaves[i];

    /// <summary>The entry of a record.</summary>
    public ReadOnlySpan<byte> this[int i] => bytes.AsSpan(starts[i] + LeafPrefix, lengths[i] - LeafPrefix);

    /// <summary>Computes the entries of all records of a batch, and their fingerprints where they are wanted.</summary>
    public void Compute(
        RecordBatch batch,
        TrainedPart trained,
        FeatureScorer scorer,
        HmacSha256Numbers salts,
        RecordFingerprinter? fingerprinter
    )
    {
        batch.Fingerprints.Clear();
        var isPlain = batch.Source.Format is DatasetFormat.Text or DatasetFormat.File;
        features.Clear();
        Clear();
        CollectionsMarshal.SetCount(features, batch.Count);
        // All of one parity first: each parity is scored with other tables, and only one set fits the cache.
        for (var parity = 0; parity < 2; parity++)
        {
            for (var i = parity; i < batch.Count; i += 2)
            {
                if (!trained.TryFind(batch[i], out var part))
                {
                    throw DatasetException.At(
                        batch.Source.Name,
                        batch.Source.Format,
                        batch.Position(i),
                        trained.Missing
                    );
                }

                features[i] = scorer.Score(batch.FirstIndex + i, part);
                fingerprinter?.Add(part, isPlain || trained.FoundString, batch.Fingerprints);
            }
        }

        Write(batch, salts);
        HashLeaves();
    }

    /// <summary>Forgets all entries.</summary>
    public void Clear()
    {
        leaves.Clear();
        starts.Clear();
        lengths.Clear();
    }

    /// <summary>Adds an entry that was computed elsewhere; <see cref="HashLeaves"/> follows the last one.</summary>
    public void Add(ReadOnlySpan<byte> entry)
    {
        var start = starts.Count == 0 ? 0 : starts[^1] + lengths[^1];
        if (bytes.Length < start + LeafPrefix + entry.Length)
        {
            Array.Resize(ref bytes, Math.Max(1 << 16, 2 * (start + LeafPrefix + entry.Length)));
        }

        bytes[start] = 0;
        entry.CopyTo(bytes.AsSpan(start + LeafPrefix));
        starts.Add(start);
        lengths.Add(LeafPrefix + entry.Length);
    }

    /// <summary>Hashes each entry behind the zero byte that makes it a leaf.</summary>
    public void HashLeaves()
    {
        Room(starts.Count);
        Sha256Lanes.Hash(bytes, CollectionsMarshal.AsSpan(starts), CollectionsMarshal.AsSpan(lengths), digests);
        for (var i = 0; i < starts.Count; i++)
        {
            leaves.Add(new MerkleHash(digests.AsSpan(i * MerkleHash.Size, MerkleHash.Size)));
        }
    }

    private void Write(RecordBatch batch, HmacSha256Numbers salts)
    {
        Room(batch.Count);
        if (bytes.Length < batch.Count * (LeafPrefix + DatasetEntry.MaxLength))
        {
            bytes = new byte[batch.Count * (LeafPrefix + DatasetEntry.MaxLength)];
        }

        batch.Digest(salts, digests);
        var end = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            bytes[end] = 0;
            starts.Add(end);
            var digest = new MerkleHash(digests.AsSpan(i * MerkleHash.Size, MerkleHash.Size));
            end += LeafPrefix;
            end += DatasetEntry.Write(bytes.AsSpan(end), digest, features[i]);
            lengths.Add(end - starts[i]);
        }
    }

    private void Room(int count)
    {
        if (digests.Length < count * MerkleHash.Size)
        {
            digests = new byte[count * MerkleHash.Size];
        }
    }
}
