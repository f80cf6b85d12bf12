using System.Security.Cryptography;
using System.Text;

namespace Lace.Evidence.Datasets;

/// <summary>
/// Pass 1 over a dataset: the byte models that the features need, the statistics, and what was read, so that pass 2
/// (<see cref="DatasetCommitment"/>) can tell whether it reads the same.
/// </summary>
/// <remarks>Takes some 200 MB whatever the size of the dataset, most of it the sample and the byte models; up to 600 MB where any two bytes follow each other, as in no text.</remarks>
public sealed class DatasetSurvey
{
    private DatasetSurvey(IReadOnlyList<DatasetSource> sources, DatasetPart part, DatasetCounts counts, int jobs)
    {
        (Sources, Part, Records, Fingerprints) = (sources, part, counts.Records, counts.Fingerprints);
        Scorer = new FeatureScorer(counts.Sample, jobs);
        var symbols = Scorer.SymbolCounts();
        var scripts = new ScriptCounter();
        foreach (ref readonly var record in counts.Sample.Records)
        {
            scripts.Add(counts.Sample.Part(record), record.Even + record.Odd);
        }

        Statistics = new DatasetStatistics(
            counts.Lengths.Bytes,
            counts.Lengths.TrainedBytes,
            counts.Duplicates.Duplicates,
            counts.Duplicates.Sample,
            counts.Lengths.Longest,
            counts.Lengths.Shortest,
            counts.EmptyLines,
            counts.Lengths.InvalidUtf8,
            Entropy(symbols),
            scripts.Shares(symbols.Where((_, symbol) => char.IsAsciiLetter((char)symbol)).Sum()),
            counts.Sample.OneIn is > 1 and var sample ? sample : null
        );
    }

    public long Records { get; }

    public DatasetStatistics Statistics { get; }

    /// <summary>What was read of each source, in order.</summary>
    public IReadOnlyList<SourceFingerprint> Fingerprints { get; }

    /// <summary>SHA-256 in hex over the fingerprints: another value means other data.</summary>
    public string Fingerprint =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(string.Join('\n', Fingerprints.Select(f => $"{f.Length} {f.Sha256}")))
            )
        );

    internal IReadOnlyList<DatasetSource> Sources { get; }

    internal DatasetPart Part { get; }

    internal FeatureScorer Scorer { get; }

    /// <summary>Reads all sources once.</summary>
    /// <param name="jobs">1 uses the calling thread alone.</param>
    /// <exception cref="DatasetException">A source cannot be read, a record lacks the trained part or is too long, or there are no records.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static DatasetSurvey Take(
        IReadOnlyList<DatasetSource> sources,
        DatasetPart part,
        int jobs,
        CancellationToken cancellationToken = default
    ) => Of(sources, part, DatasetCounts.Take(sources, part, jobs, cancellationToken), jobs);

    /// <summary>The survey of what was counted.</summary>
    /// <param name="sources">Those that will be read again; none where all entries come from shards.</param>
    /// <exception cref="DatasetException">There are no records.</exception>
    public static DatasetSurvey Of(
        IReadOnlyList<DatasetSource> sources,
        DatasetPart part,
        DatasetCounts counts,
        int jobs
    )
    {
        ArgumentNullException.ThrowIfNull(counts);
        return counts.Records > 0
            ? new DatasetSurvey(sources, part, counts, jobs)
            : throw new DatasetException("The dataset has no records: there is nothing to commit to.");
    }

    /// <summary>All of it.</summary>
    internal DatasetStretch Whole => new(Sources, Fingerprints, Part, Scorer, 0, Records);

    private static double Entropy(long[] symbols)
    {
        double all = Math.Max(1, symbols.Sum());
        return Math.Round(-symbols.Where(n => n > 0).Sum(n => n / all * Math.Log2(n / all)), 4);
    }
}
