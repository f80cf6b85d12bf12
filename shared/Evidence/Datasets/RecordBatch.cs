using Lace.Cryptography.Hashing;

namespace Lace.Evidence.Datasets;

/// <summary>Consecutive records of one source in one reused buffer: the unit of work of both passes.</summary>
internal sealed class RecordBatch
{
    private const int TargetBytes = 1 << 20;

    /// <summary>Records of a batch, at most.</summary>
    public const int TargetRecords = 4096;

    private const int KeptBytes = 2 * TargetBytes;
    private const int SaltSize = HmacSha256Numbers.MacSize;

    // Records that are hashed at once: enough that those of one length find each other.
    private const int Group = 256;

    private readonly int[] starts = new int[TargetRecords + 1];
    private readonly int[] lengths = new int[TargetRecords];
    private readonly long[] positions = new long[TargetRecords];
    private byte[] bytes = new byte[TargetBytes];
    private int end;

    /// <summary>0, 1, … in the order of the dataset.</summary>
    public long Number { get; private set; }

    /// <summary>Index of the first record in the dataset.</summary>
    public long FirstIndex { get; private set; }

    public int Count { get; private set; }

    public DatasetSource Source { get; private set; } = null!;

    /// <summary>What pass 2 computes of the records.</summary>
    public BatchEntries Entries { get; } = new();

    /// <summary>And what goes into the fingerprint filter.</summary>
    public BatchFingerprints Fingerprints { get; } = new();

    public bool IsFull => Count == TargetRecords || end >= TargetBytes;

    /// <summary>Canonical bytes of the record that is being written.</summary>
    public int OpenLength => end - starts[Count];

    /// <summary>Canonical bytes of a record.</summary>
    public ReadOnlySpan<byte> this[int i] => bytes.AsSpan(starts[i], lengths[i]);

    /// <summary>Writes to each record's digest, 32 bytes one after the other: SHA-256 of its salt and its bytes.</summary>
    public void Digest(HmacSha256Numbers salts, Span<byte> digests)
    {
        Span<int> from = stackalloc int[Group];
        Span<int> salted = stackalloc int[Group];
        Span<byte> macs = stackalloc byte[Group * SaltSize];
        for (var first = 0; first < Count; first += Group)
        {
            var count = Math.Min(Group, Count - first);
            salts.Of(FirstIndex + first, macs[..(count * SaltSize)]);
            for (var i = 0; i < count; i++)
            {
                from[i] = starts[first + i] - SaltSize;
                salted[i] = lengths[first + i] + SaltSize;
                macs.Slice(i * SaltSize, SaltSize).CopyTo(bytes.AsSpan(from[i]));
            }

            Sha256Lanes.Hash(bytes, from[..count], salted[..count], digests[(first * SaltSize)..]);
        }
    }

    /// <summary>Where in its source a record begins, for messages.</summary>
    public long Position(int i) => positions[i];

    public void Start(DatasetSource source, long number, long firstIndex)
    {
        (Source, Number, FirstIndex, Count, end) = (source, number, firstIndex, 0, SaltSize);
        starts[0] = end;
        if (bytes.Length > KeptBytes)
        {
            bytes = new byte[TargetBytes];
        }
    }

    /// <summary>Writes to the record that <see cref="EndRecord"/> will end.</summary>
    public void Write(ReadOnlySpan<byte> part)
    {
        if (part.Length > bytes.Length - end)
        {
            Array.Resize(ref bytes, Math.Max(end + part.Length, 2 * bytes.Length));
        }

        part.CopyTo(bytes.AsSpan(end));
        end += part.Length;
    }

    public void EndRecord(long position)
    {
        positions[Count] = position;
        lengths[Count] = OpenLength;
        // Room for the salt, so that what is hashed of a record lies together.
        end += SaltSize;
        starts[++Count] = end;
        if (end > bytes.Length)
        {
            Array.Resize(ref bytes, 2 * bytes.Length);
        }
    }
}
