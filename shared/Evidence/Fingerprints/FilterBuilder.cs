using System.Runtime.InteropServices;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// Collects what a filter is to hold while the dataset is read, and makes the filter when all of it is known: its size is that of the number of
/// different keys. The keys wait on a stream of the caller's, so that memory holds the filter alone. Belongs to one thread.
/// </summary>
/// <param name="spool">Empty, to read and write, with a position: eight bytes a key go there.</param>
public sealed class FilterBuilder(FingerprintSettings settings, Stream spool)
{
    private const int BufferKeys = 1 << 16;

    private readonly DistinctCount distinct = new();
    private readonly ulong[] buffer = new ulong[BufferKeys];
    private int buffered;

    public FingerprintSettings Settings => settings;

    /// <summary>Collects the bands of the same records where the settings have near-duplicates; null where they have not.</summary>
    public FilterBuilder? Bands { get; init; }

    /// <summary>What was collected so far.</summary>
    public FingerprintCounts Counts { get; private set; } = new(0, 0, default);

    /// <summary>How many different keys there are, about.</summary>
    public long Distinct => distinct.Estimate();

    /// <summary>Adds the keys of some records.</summary>
    public void Add(ReadOnlySpan<ulong> keys, FingerprintCounts counts)
    {
        Counts += counts;
        foreach (var key in keys)
        {
            distinct.Add(key);
            buffer[buffered++] = key;
            if (buffered == buffer.Length)
            {
                Flush();
            }
        }
    }

    /// <summary>The filter over everything that was added.</summary>
    /// <param name="jobs">Threads; each fills a share of the blocks.</param>
    /// <exception cref="IOException">The stream failed.</exception>
    public BlockedBloomFilter Build(int jobs = 1, CancellationToken cancellationToken = default)
    {
        Flush();
        var filter = new BlockedBloomFilter(BlockedBloomFilter.BlocksFor(Distinct));
        var threads = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
        var bytes = MemoryMarshal.AsBytes(buffer.AsSpan());
        spool.Position = 0;
        for (int read; (read = spool.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)) > 0; )
        {
            var keys = read / sizeof(ulong);
            Parallel.For(0, jobs, threads, share => filter.Add(buffer.AsSpan(0, keys), share, jobs));
        }

        return filter;
    }

    private void Flush()
    {
        spool.Write(MemoryMarshal.AsBytes(buffer.AsSpan(0, buffered)));
        buffered = 0;
    }
}

/// <summary>What went into a filter.</summary>
/// <param name="Keys">Fingerprints, repeated ones included.</param>
/// <param name="ShortRecords">Records with fewer than 48 normalised bytes, which have none.</param>
/// <param name="Skipped">Fingerprints that were left out.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FingerprintCounts(long Keys, long ShortRecords, SkippedGrams Skipped)
{
    public static FingerprintCounts operator +(FingerprintCounts a, FingerprintCounts b) =>
        new(a.Keys + b.Keys, a.ShortRecords + b.ShortRecords, a.Skipped + b.Skipped);

    public static FingerprintCounts Add(FingerprintCounts left, FingerprintCounts right) => left + right;
}
