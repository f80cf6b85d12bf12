using System.Security.Cryptography;
using System.Text;

namespace Lace.Evidence.Datasets;

/// <summary>
/// Pass 1 over a dataset: the byte models that the features need, the statistics, and what was read, so that pass 2
/// (<see cref="DatasetCommitment"/>) can tell whether it reads the same.
/// </summary>
/// <remarks>Takes some 300 MB whatever the size of the dataset, most of it the counts of the byte models; up to 700 MB where any two bytes follow each other, as in no text.</remarks>
public sealed class DatasetSurvey
{
    private DatasetSurvey(IReadOnlyList<DatasetSource> sources, DatasetPart part, DatasetCounts counts)
    {
        (Sources, Part, Records, Fingerprints) = (sources, part, counts.Records, counts.Fingerprints);
        FoldCounts[] folds = [counts.Even, counts.Odd];
        Scorer = new FeatureScorer(counts.Even.Ngrams, counts.Odd.Ngrams);
        var symbols = Scorer.SymbolCounts();
        var scripts = new ScriptCounter();
        scripts.Add(counts.Even.Scripts);
        scripts.Add(counts.Odd.Scripts);
        Statistics = new DatasetStatistics(
            folds.Sum(fold => fold.Bytes),
            folds.Sum(fold => fold.TrainedBytes),
            counts.Duplicates.Duplicates,
            counts.Duplicates.Sample,
            folds.Max(fold => fold.Longest),
            folds.Min(fold => fold.Shortest),
            counts.EmptyLines,
            folds.Sum(fold => fold.InvalidUtf8),
            Entropy(symbols),
            scripts.Shares(symbols.Where((_, symbol) => char.IsAsciiLetter((char)symbol)).Sum())
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
    /// <param name="jobs">1 uses the calling thread alone; more count the two folds on a thread each.</param>
    /// <exception cref="DatasetException">A source cannot be read, a record lacks the trained part or is too long, or there are no records.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static DatasetSurvey Take(
        IReadOnlyList<DatasetSource> sources,
        DatasetPart part,
        int jobs,
        CancellationToken cancellationToken = default
    ) => Of(sources, part, DatasetCounts.Take(sources, part, jobs, cancellationToken));

    /// <summary>The survey of what was counted.</summary>
    /// <param name="sources">Those that will be read again; none where all entries come from shards.</param>
    /// <exception cref="DatasetException">There are no records.</exception>
    public static DatasetSurvey Of(IReadOnlyList<DatasetSource> sources, DatasetPart part, DatasetCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return counts.Records > 0
            ? new DatasetSurvey(sources, part, counts)
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
