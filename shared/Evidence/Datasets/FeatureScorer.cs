namespace Lace.Evidence.Datasets;

/// <summary>The 13 features of records, each scored with the counts of the records whose index has the other parity.</summary>
internal sealed class FeatureScorer
{
    private readonly NgramModel even;
    private readonly NgramModel odd;

    /// <param name="sample">Of the records, or all of them.</param>
    /// <param name="jobs">1 uses the calling thread alone.</param>
    public FeatureScorer(TextSample sample, int jobs)
    {
        var models = new NgramModel[2];
        Parallel.For(
            0,
            models.Length,
            new ParallelOptions { MaxDegreeOfParallelism = jobs },
            fold => models[fold] = new NgramModel(NgramCounts.Of(sample, even: fold == 0))
        );
        (even, odd) = (models[0], models[1]);
    }

    /// <summary>How often each byte occurs in the sampled parts.</summary>
    public long[] SymbolCounts() =>
        [.. even.SymbolCounts.Span.ToArray().Zip(odd.SymbolCounts.Span.ToArray(), (a, b) => a + b)];

    /// <summary>The committed numbers of the record at <paramref name="index"/>, from its trained part.</summary>
    public RecordFeatures Score(long index, ReadOnlySpan<byte> part)
    {
        var (order1, order2, order3) = Nats(index, part);
        var features = default(RecordFeatures);
        features[0] = part.Length;
        features[1] = Round(order1);
        features[2] = Round(order2);
        features[3] = Round(order3);
        ByteClasses.Count(part, ref features);
        return features;
    }

    /// <summary>Code lengths before they are rounded.</summary>
    internal (double Order1, double Order2, double Order3) Nats(long index, ReadOnlySpan<byte> part) =>
        ((index & 1) == 0 ? odd : even).Score(part);

    private static long Round(double nats) => (long)Math.Floor((RecordFeatures.NatsScale * nats) + 0.5);
}
