namespace Lace.Evidence.Datasets;

/// <summary>What pass 1 knows of the records of one parity.</summary>
internal sealed class FoldCounts
{
    public NgramCounts Ngrams { get; } = new();

    public ScriptCounter Scripts { get; } = new();

    public long Bytes { get; set; }

    public long TrainedBytes { get; set; }

    public long Longest { get; set; }

    public long Shortest { get; set; } = long.MaxValue;

    public long InvalidUtf8 { get; set; }

    /// <summary>Adds what is known of other records of the same parity.</summary>
    public void Add(FoldCounts other)
    {
        Ngrams.Add(other.Ngrams);
        Scripts.Add(other.Scripts);
        Bytes += other.Bytes;
        TrainedBytes += other.TrainedBytes;
        Longest = Math.Max(Longest, other.Longest);
        Shortest = Math.Min(Shortest, other.Shortest);
        InvalidUtf8 += other.InvalidUtf8;
    }
}
