using Lace.Evidence.Bundles;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;

namespace Lace.Evidence.RecordAudits;

/// <summary>The auditor's side: checks opened records with nothing but what it is given.</summary>
public static class RecordAuditVerification
{
    public const string FormatCheck = "audit.format";
    public const string SampleCheck = "audit.sample";
    public const string RequestCheck = "audit.request";
    public const string LeavesCheck = "audit.leaves";
    public const string FeaturesCheck = "audit.features";
    public const string KeyCheck = "audit.key";
    public const string FilterCheck = "audit.filter";
    public const string NearCheck = "audit.near";

    private const string NoStatement = "The statement commits to no dataset with a filter.";

    /// <summary>Id and meaning of each check that other files do not have.</summary>
    public static IReadOnlyList<(string Id, string Meaning)> Table { get; } =
    [
        (FormatCheck, "the file is an audit of records of this format, canonical base64, within its limits"),
        (SampleCheck, "the records are those that the checkpoint draws of the dataset: all of them and no others"),
        (RequestCheck, "checkpoint and number of records are those that the auditor named"),
        (LeavesCheck, "each record with its salt and its features is a leaf under the dataset's root, at its index"),
        (FeaturesCheck, "the lengths and counts among the features are those of the record's trained part"),
        (KeyCheck, "the key of a keyed filter is the one that the statement commits to"),
        (FilterCheck, "each fingerprint of each record is in the opened blocks, which lead to the filter's root"),
        (
            NearCheck,
            "each band of each record that has them is in the opened blocks of the filter for near-duplicates, which lead to its root"
        ),
    ];

    /// <summary>What an audit leaves open, whatever its sample.</summary>
    public static IReadOnlyList<string> Limits { get; } =
    [
        "That the committed dataset is all that was trained on: what was never committed cannot be drawn.",
        "Anything about records without a fingerprint, or what a public filter leaves out: they are in no filter.",
        "A single record that was left out: a sample of N of R records meets it with a probability of N/R.",
        "The three code lengths among the features of a record: they follow from all of the dataset.",
    ];

    private static readonly string[] Optional = [RequestCheck, BundleChecks.Witnesses];

    /// <param name="json">The audit file.</param>
    /// <param name="policy">Null: nothing is trusted, so no signature is checked.</param>
    public static RecordAuditFindings Verify(ReadOnlySpan<byte> json, LacePolicy? policy, AuditRequest request) =>
        RecordAudit.Parse(json, out var reason) is { } audit
            ? Verify(audit, policy, request)
            : new RecordAuditFindings(
                null,
                BundleOutcome.Failed,
                0,
                0,
                0,
                0,
                [],
                [],
                [Check.Of(FormatCheck, false, $"No audit of records: {reason}.")]
            );

    public static RecordAuditFindings Verify(RecordAudit audit, LacePolicy? policy, AuditRequest request)
    {
        ArgumentNullException.ThrowIfNull(audit);
        ArgumentNullException.ThrowIfNull(request);
        var (signed, dataset, filter, logged) = SignedFilterChecks.Run(audit.Filter, policy);
        var read = dataset is null || filter is null ? null : OpenedTexts.Read(audit, dataset, filter);
        var checks = new List<Check> { Check.Of(FormatCheck, true, $"{audit.Records.Count} records.") };
        checks.AddRange(signed);
        checks.Add(Sample(audit, dataset, filter, logged.Checkpoint));
        checks.Add(Request(audit, dataset, request));
        checks.Add(Leaves(audit, dataset));
        checks.Add(Features(read));
        checks.Add(Key(audit, filter));
        checks.Add(Filter(audit, filter, read));
        checks.AddRange(Near(audit, filter, read));
        var outcome = RequiredChecks.Outcome(checks, Optional, policy);
        return new RecordAuditFindings(
            dataset?.Id,
            outcome,
            dataset?.Dataset.Records ?? 0,
            audit.Records.Count,
            read?.Fingerprinted ?? 0,
            read?.Keys.Count ?? 0,
            outcome == BundleOutcome.Failed ? [] : AuditConfidence.Of(read!.Fingerprinted, filter!.FalsePositiveRate),
            Limits,
            checks
        );
    }

    /// <summary>What the filters should hold of the records of an audit, in their order: what its owner opens.</summary>
    public static (IReadOnlyList<ulong> Fingerprints, IReadOnlyList<ulong> Bands) KeysOf(RecordAudit audit)
    {
        ArgumentNullException.ThrowIfNull(audit);
        return
            audit.Filter.Read() is { Fingerprints: { IsValid: true } filter } dataset
            && OpenedTexts.Read(audit, dataset, filter) is var read
            ? (read.Keys, read.Bands)
            : throw new ArgumentException(NoStatement, nameof(audit));
    }

    private static Check Sample(
        RecordAudit audit,
        DatasetPredicate? dataset,
        CommittedFilter? filter,
        Checkpoint? checkpoint
    )
    {
        if (dataset is null || filter is null || checkpoint is null)
        {
            return Check.NotChecked(SampleCheck, "The statement or the checkpoint cannot be read.");
        }

        var drawn = RecordSample.Draw(
            checkpoint,
            dataset.Dataset.Root,
            filter.Root,
            dataset.Dataset.Records,
            audit.Records.Count
        );
        var holds = drawn.SequenceEqual(audit.Records.Select(record => record.Index));
        return Check.Of(
            SampleCheck,
            holds,
            holds
                ? $"{drawn.Count} of {dataset.Dataset.Records} records, drawn from the checkpoint of {checkpoint.Size} entries."
                : "The records are not those that the checkpoint draws: some were left out, exchanged or added."
        );
    }

    private static Check Request(RecordAudit audit, DatasetPredicate? dataset, AuditRequest request)
    {
        if (request is not { Checkpoint: { } asked, Records: { } count } || dataset is null)
        {
            return Check.NotChecked(
                RequestCheck,
                "The auditor did not name both (--checkpoint, --sample): the owner may have chosen among many samples."
            );
        }

        var isSame =
            SignedNote.TryParse(asked, out var note)
            && SignedNote.TryParse(audit.Filter.Checkpoint, out var used)
            && note.Text == used.Text;
        var expected = Math.Min(count, dataset.Dataset.Records);
        return Check.Of(
            RequestCheck,
            isSame && audit.Records.Count == expected,
            !isSame ? "It was drawn from another checkpoint than the auditor named."
                : audit.Records.Count != expected
                    ? $"{audit.Records.Count} records were opened, {expected} were asked for."
                : $"{expected} records of the checkpoint that was named."
        );
    }

    private static Check Leaves(RecordAudit audit, DatasetPredicate? dataset)
    {
        if (dataset is null)
        {
            return Check.NotChecked(LeavesCheck, NoStatement);
        }

        var broken = audit.Records.FirstOrDefault(record =>
            !Transparency.MerkleTree.VerifyInclusion(
                record.Leaf(),
                record.Index,
                dataset.Dataset.Records,
                [.. record.Proof],
                dataset.Dataset.Root
            )
        );
        return Check.Of(
            LeavesCheck,
            broken is null,
            broken is null
                ? $"{audit.Records.Count} leaves lead to {dataset.Dataset.Root}."
                : $"Record {broken.Index} is not the one that was committed."
        );
    }

    private static Check Features(OpenedTexts? read) =>
        read is null
            ? Check.NotChecked(FeaturesCheck, NoStatement)
            : Check.Of(
                FeaturesCheck,
                read.Fault is null,
                read.Fault ?? "Lengths and counts of bytes are those of the trained parts."
            );

    private static Check Key(RecordAudit audit, CommittedFilter? filter) =>
        filter is null ? Check.NotChecked(KeyCheck, NoStatement)
        : (filter.Tier == FingerprintTier.Keyed) != audit.Key is not null
            ? Check.Of(
                KeyCheck,
                false,
                "A key stands in the audit of a filter without one, or is missing where there is one."
            )
        : audit.Key is { } key
            ? Check.Of(
                KeyCheck,
                KeyedFingerprints.Commit(key.Span) == filter.KeySha256,
                KeyedFingerprints.Commit(key.Span) == filter.KeySha256
                    ? "It is the key of the statement."
                    : "It is another key than the statement's."
            )
        : Check.Of(KeyCheck, true, "The filter has no key.");

    private static Check Filter(RecordAudit audit, CommittedFilter? filter, OpenedTexts? read)
    {
        if (filter is null || read is null)
        {
            return Check.NotChecked(FilterCheck, NoStatement);
        }

        if (read.Keys.Count == 0)
        {
            return audit.Opened is { Blocks.Length: 0, Hashes: [] }
                ? Check.NotChecked(FilterCheck, "None of the records has a fingerprint.")
                : Check.Of(FilterCheck, false, "Blocks are opened that no record falls on.");
        }

        return Hold(audit, audit.Opened, filter.Blocks, filter.Root, read.Keys, read.Ends, FilterCheck, "fingerprints");
    }

    // Of a statement without such a filter there is no check, as before there were any.
    private static IEnumerable<Check> Near(RecordAudit audit, CommittedFilter? filter, OpenedTexts? read)
    {
        if (filter?.Bands is not { } bands || read is null || read.Bands.Count == 0)
        {
            if (audit.OpenedBands is not null)
            {
                yield return Check.Of(
                    NearCheck,
                    false,
                    "Blocks of a second filter are opened that no record falls on."
                );
            }

            yield break;
        }

        yield return audit.OpenedBands is { } opened
            ? Hold(audit, opened, bands.Blocks, bands.Root, read.Bands, read.BandEnds, NearCheck, "bands")
            : Check.Of(NearCheck, false, "The blocks of the filter for near-duplicates are not opened.");
    }

    private static Check Hold(
        RecordAudit audit,
        OpenedBlocks opened,
        long blocks,
        in Transparency.MerkleHash root,
        IReadOnlyList<ulong> keys,
        IReadOnlyList<int> ends,
        string check,
        string what
    )
    {
        if (!opened.Prove([.. keys], blocks, root))
        {
            return Check.Of(
                check,
                false,
                "The blocks and hashes are not those of the records, or do not lead to the root that was signed."
            );
        }

        var found = opened.Find([.. keys], blocks);
        var missing = found.Count(one => !one);
        return Check.Of(
            check,
            missing == 0,
            missing == 0
                ? $"{found.Count} {what} are in the filter."
                : $"{missing} of {found.Count} {what} are not in the filter, the first of record {audit.Records[OpenedTexts.RecordOf(found.TakeWhile(one => one).Count(), ends)].Index}."
        );
    }
}
