using System.Runtime.InteropServices;
using Lace.Evidence.Datasets;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// Collects what a filter is to hold while the dataset is read, and makes the filter when all of it is known: its size is that of the number of
/// different keys. The keys wait on a stream of the caller's, so that memory holds the filter alone. Belongs to one thread.
/// </summary>
/// <param name="spool">Empty, to read and write, with a position: eight bytes a key go there.</param>
/// <param name="memory">Bytes that a filter may take; by default what this process can have.</param>
public sealed class FilterBuilder(FingerprintSettings settings, Stream spool, long? memory = null)
{
    private const int BufferKeys = 1 << 16;

    // An estimate takes as long as some hundred keys: not for each buffer.
    private const int BuffersAChoice = 32;

    private readonly DistinctCount distinct = new();
    private readonly ulong[] buffer = new ulong[BufferKeys];
    private int buffered;
    private long buffers;

    public FingerprintSettings Settings => settings;

    /// <summary>Collects the bands of the same records where the settings have near-duplicates; null where they have not.</summary>
    public FilterBuilder? Bands { get; init; }

    /// <summary>What was collected so far.</summary>
    public FingerprintCounts Counts { get; private set; } = new(0, 0, default);

    /// <summary>How many different keys there are, about.</summary>
    public long Distinct => distinct.Estimate();

    /// <summary>Adds the keys of some records.</summary>
    /// <exception cref="DatasetException">The filter over what was added is too large: said while the dataset is read, and not when all of it was.</exception>
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
                if (++buffers % BuffersAChoice == 0)
                {
                    _ = RequireRoom();
                }
            }
        }
    }

    /// <summary>The filter over everything that was added.</summary>
    /// <param name="jobs">Threads; each fills a share of the blocks.</param>
    /// <exception cref="IOException">The stream failed.</exception>
    /// <exception cref="DatasetException">The filter is too large.</exception>
    public BlockedBloomFilter Build(int jobs = 1, CancellationToken cancellationToken = default)
    {
        Flush();
        var filter = new BlockedBloomFilter(RequireRoom());
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

    // Blocks of the filter over what was added so far.
    private long RequireRoom()
    {
        var blocks = BlockedBloomFilter.BlocksFor(Distinct);
        var room = memory ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var bytes = blocks * BlockedBloomFilter.BlockSize;
        return blocks > BlockedBloomFilter.MaxBlocks || bytes > room
            ? throw new DatasetException(
                $"The filter needs {bytes / 1e9:F1} GB or more; {(blocks > BlockedBloomFilter.MaxBlocks ? "one has 17.1 GB at most" : $"this machine has {room / 1e9:F1} GB of memory")}. Attest the dataset in parts of their own, on a machine with more memory, or without a filter (--fingerprints none)."
            )
            : blocks;
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
