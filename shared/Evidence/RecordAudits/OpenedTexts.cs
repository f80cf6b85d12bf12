using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Statements;

namespace Lace.Evidence.RecordAudits;

/// <summary>What the opened records say once they are read again: their trained parts, and what the filter should hold of them.</summary>
/// <param name="Keys">Of all records, in their order.</param>
/// <param name="Bands">Of all records that have them, for the filter of near-duplicates; none where there is no such filter.</param>
/// <param name="BandEnds">As <paramref name="Ends"/>, of the bands.</param>
/// <param name="Ends">Of each record how many keys there are up to its last.</param>
/// <param name="Fault">Why a record is not as committed; null where all are.</param>
internal sealed record OpenedTexts(
    IReadOnlyList<ulong> Keys,
    IReadOnlyList<int> Ends,
    IReadOnlyList<ulong> Bands,
    IReadOnlyList<int> BandEnds,
    string? Fault
)
{
    /// <summary>Features 1 to 3 are code lengths under the models of the whole dataset.</summary>
    private const int FirstCount = 4;

    /// <summary>Records that have a fingerprint.</summary>
    public int Fingerprinted => Ends.Where((end, i) => end > (i == 0 ? 0 : Ends[i - 1])).Count();

    /// <summary>Place in the sample of the record that a key belongs to.</summary>
    /// <param name="ends">Of the keys or the bands.</param>
    public static int RecordOf(int key, IReadOnlyList<int> ends) => ends.TakeWhile(end => end <= key).Count();

    public static OpenedTexts Read(RecordAudit audit, DatasetPredicate dataset, CommittedFilter filter)
    {
        // Another key than the committed one, or one too many, is a check of its own.
        var settings = new FingerprintSettings(
            filter.Tier,
            filter.SaltBytes!,
            filter.Tier == FingerprintTier.Keyed
                ? audit.Key ?? new byte[FingerprintScheme.KeySize]
                : (ReadOnlyMemory<byte>?)null,
            filter.Bands is not null
        );
        using var fingerprinter = new RecordFingerprinter(settings);
        var trained = new TrainedPart(dataset.Dataset.Part);
        var read = new BatchFingerprints();
        var (ends, bandEnds) = (new List<int>(), new List<int>());
        string? fault = null;
        foreach (var record in audit.Records)
        {
            var isRight = IsOfFormat(record, dataset.Dataset.Format);
            if (trained.TryFind(record.Content.Span, out var part))
            {
                isRight &= HasCountsOf(part, record.Features);
                fingerprinter.Add(part, record.IsPlain || trained.FoundString, read);
            }
            else
            {
                isRight = false;
            }

            fault ??= isRight
                ? null
                : $"Record {record.Index} has other lengths and counts than were committed, or no trained part.";
            ends.Add(read.Keys.Count);
            bandEnds.Add(read.Bands.Count);
        }

        return new OpenedTexts(read.Keys, ends, read.Bands, bandEnds, fault);
    }

    /// <summary>Of a dataset of several formats it is the owner's word which one a record is of.</summary>
    private static bool IsOfFormat(OpenedRecord record, DatasetFormat format) =>
        format == DatasetFormat.Mixed || record.IsPlain == format is DatasetFormat.Text or DatasetFormat.File;

    private static bool HasCountsOf(ReadOnlySpan<byte> part, in RecordFeatures committed)
    {
        var counts = default(RecordFeatures);
        ByteClasses.Count(part, ref counts);
        counts[0] = part.Length;
        var same = counts[0] == committed[0];
        for (var i = FirstCount; i < RecordFeatures.Count; i++)
        {
            same &= counts[i] == committed[i];
        }

        return same;
    }
}
