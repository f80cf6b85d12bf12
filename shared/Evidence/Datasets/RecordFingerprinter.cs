using Lace.Evidence.Fingerprints;

namespace Lace.Evidence.Datasets;

/// <summary>Fingerprints the records of batches. Belongs to one thread.</summary>
internal sealed class RecordFingerprinter(FingerprintSettings settings) : IDisposable
{
    private readonly TextFingerprints texts = new(settings);
    private readonly KeyedFingerprints? keyed = settings.Key is { } key ? new KeyedFingerprints(key.Span) : null;
    private readonly RecordText record = new();

    /// <summary>Adds what a filter is to hold of one record.</summary>
    public void Add(ReadOnlySpan<byte> part, bool isText, BatchFingerprints to)
    {
        var first = to.Keys.Count;
        var skipped = texts.Add(record.Of(part, isText), to.Keys);
        for (var i = first; keyed is not null && i < to.Keys.Count; i++)
        {
            to.Keys[i] = keyed.Of(to.Keys[i]);
        }

        to.Counts += new FingerprintCounts(
            to.Keys.Count - first,
            texts.NormalizedLength < FingerprintScheme.Gram ? 1 : 0,
            skipped
        );
    }

    public void Dispose() => keyed?.Dispose();
}

/// <summary>The fingerprints of a batch's records.</summary>
internal sealed class BatchFingerprints
{
    public List<ulong> Keys { get; } = [];

    public FingerprintCounts Counts { get; set; }

    public void Clear()
    {
        Keys.Clear();
        Counts = default;
    }
}
