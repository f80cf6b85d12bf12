using System.Security.Cryptography;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets;

/// <summary>The entries and leaf hashes of a batch's records.</summary>
internal sealed class BatchEntries
{
    private readonly List<RecordFeatures> features = [];
    private readonly List<MerkleHash> leaves = [];
    private readonly List<int> ends = [];
    private byte[] bytes = [];

    public int Count => leaves.Count;

    public MerkleHash Leaf(int i) => leaves[i];

    /// <summary>Bytes of the records from <paramref name="first"/> on.</summary>
    public ReadOnlySpan<byte> Bytes(int first, int count) =>
        bytes.AsSpan((first == 0 ? 0 : ends[first - 1])..ends[first + count - 1]);

    /// <summary>Computes the entries of all records of a batch, and their fingerprints where they are wanted.</summary>
    public void Compute(
        RecordBatch batch,
        TrainedPart trained,
        FeatureScorer scorer,
        SaltedDigest digest,
        RecordFingerprinter? fingerprinter
    )
    {
        batch.Fingerprints.Clear();
        var isPlain = batch.Source.Format is DatasetFormat.Text or DatasetFormat.File;
        features.Clear();
        leaves.Clear();
        ends.Clear();
        System.Runtime.InteropServices.CollectionsMarshal.SetCount(features, batch.Count);
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

        if (bytes.Length < batch.Count * DatasetEntry.MaxLength)
        {
            bytes = new byte[batch.Count * DatasetEntry.MaxLength];
        }

        var end = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var length = DatasetEntry.Write(bytes.AsSpan(end), digest.Of(batch.FirstIndex + i, batch[i]), features[i]);
            leaves.Add(MerkleTree.HashLeaf(bytes.AsSpan(end, length)));
            ends.Add(end += length);
        }
    }
}

/// <summary>SHA-256(HMAC(k_salt, index) || record): a digest from which a short record cannot be guessed. Belongs to one thread.</summary>
internal sealed class SaltedDigest(ReadOnlySpan<byte> saltKey) : IDisposable
{
    private readonly IncrementalHash salt = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, saltKey);
    private readonly IncrementalHash record = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public MerkleHash Of(long index, ReadOnlySpan<byte> canonical)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(number, index);
        salt.AppendData(number);
        salt.GetHashAndReset(hash);
        record.AppendData(hash);
        record.AppendData(canonical);
        record.GetHashAndReset(hash);
        return new MerkleHash(hash);
    }

    public void Dispose()
    {
        salt.Dispose();
        record.Dispose();
    }
}
