using System.Runtime.InteropServices;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Evidence.Datasets;

/// <summary>Fingerprints the records of batches. Belongs to one thread.</summary>
internal sealed class RecordFingerprinter(FingerprintSettings settings) : IDisposable
{
    private readonly TextFingerprints texts = new(settings);
    private readonly KeyedFingerprints? keyed = settings.Key is { } key ? new KeyedFingerprints(key.Span) : null;
    private readonly BandKeys? bands = settings.NearDuplicates ? new BandKeys(settings.Salt.Span) : null;
    private readonly RecordText record = new();

    /// <summary>Adds what the filters are to hold of one record.</summary>
    public void Add(ReadOnlySpan<byte> part, bool isText, BatchFingerprints to)
    {
        var first = to.Keys.Count;
        var skipped = texts.Add(record.Of(part, isText), to.Keys);
        Key(to.Keys, first);
        to.Counts += new FingerprintCounts(
            to.Keys.Count - first,
            texts.NormalizedLength < FingerprintScheme.Gram ? 1 : 0,
            skipped
        );
        if (bands is not null)
        {
            AddBands(to);
        }
    }

    private void AddBands(BatchFingerprints to)
    {
        Span<ulong> made = stackalloc ulong[MinHashScheme.Bands];
        if (!bands!.TryMake(texts.Normalized, made))
        {
            to.BandCounts += new FingerprintCounts(0, 1, default);
            return;
        }

        var first = to.Bands.Count;
        to.Bands.AddRange(made);
        Key(to.Bands, first);
        to.BandCounts += new FingerprintCounts(made.Length, 0, default);
    }

    private void Key(List<ulong> keys, int first)
    {
        keyed?.Replace(CollectionsMarshal.AsSpan(keys)[first..]);
    }

    public void Dispose() => keyed?.Dispose();
}

/// <summary>The fingerprints and bands of a batch's records.</summary>
internal sealed class BatchFingerprints
{
    public List<ulong> Keys { get; } = [];

    public FingerprintCounts Counts { get; set; }

    public List<ulong> Bands { get; } = [];

    public FingerprintCounts BandCounts { get; set; }

    public void Clear()
    {
        Keys.Clear();
        Counts = default;
        Bands.Clear();
        BandCounts = default;
    }
}
