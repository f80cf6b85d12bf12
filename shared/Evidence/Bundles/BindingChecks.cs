using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>Whether the statements are about one and the same run: good signatures over statements of several runs show nothing.</summary>
internal static class BindingChecks
{
    public static IEnumerable<Check> Run(BundleContent content)
    {
        if (
            content
            is not { Dataset: { } dataset, RunStart: { } start, RunEnd: { } end, Verification: { } verification }
        )
        {
            const string Why = "A statement cannot be read.";
            yield return Check.NotChecked(BundleChecks.Subjects, Why);
            yield return Check.NotChecked(BundleChecks.Ids, Why);
            yield return Check.NotChecked(BundleChecks.Signed, Why);
            yield break;
        }

        yield return First(
            BundleChecks.Subjects,
            "Every subject is what its predicate implies.",
            Subjects(content, dataset, start, end, verification)
        );
        yield return First(
            BundleChecks.Ids,
            "All statements are about this run of this attestation.",
            Ids(content, dataset, start, end, verification)
        );
        yield return First(
            BundleChecks.Signed,
            $"{verification.Result.Verdict}, level {verification.Result.Level}, as its checks say.",
            SignedResultRules.Broken(verification.Result)
        );
    }

    private static Check First(string id, string otherwise, IEnumerable<string> failures)
    {
        var failure = failures.FirstOrDefault();
        return Check.Of(id, failure is null, failure ?? otherwise);
    }

    private static IEnumerable<string> Subjects(
        BundleContent content,
        DatasetPredicate dataset,
        RunStartPredicate start,
        RunEndPredicate end,
        VerificationPredicate verification
    )
    {
        var statements = content.Statements;
        if (statements[0].Statement!.Subject != dataset.Dataset.Root)
        {
            yield return "The subject of the dataset statement is not its root.";
        }

        if (statements[1].Statement!.Subject != LossSegment.Origin(start.RunId, start.Root))
        {
            yield return "The subject of run-start is not the origin of the run's chain.";
        }

        if (statements[2].Statement!.Subject != end.Head)
        {
            yield return "The subject of run-end is not the chain's head.";
        }

        if (statements[3].Statement!.Subject != verification.Resource.Head)
        {
            yield return "The subject of the verification is not the chain's head.";
        }

        foreach (var report in content.Reports)
        {
            if (report is not { Statement: { } statement, Predicate: ReportPredicate { Sha256: var sha256 } })
            {
                yield return $"{report.Kind} cannot be read.";
            }
            else if (statement.Subject != sha256)
            {
                yield return $"The subject of {report.Kind} is not the digest of its file.";
            }
        }
    }

    private static IEnumerable<string> Ids(
        BundleContent content,
        DatasetPredicate dataset,
        RunStartPredicate start,
        RunEndPredicate end,
        VerificationPredicate verification
    )
    {
        var (resource, result) = (verification.Resource, verification.Result);
        var reports = content.Reports.Select(report => report.Predicate).OfType<ReportPredicate>().ToArray();
        string[] runs = [start.RunId, end.RunId, resource.RunId, result.Id, .. reports.Select(report => report.RunId)];
        if (runs.Any(id => id != content.Bundle.RunId))
        {
            yield return "The statements are not all about the run of the bundle.";
        }

        string[] attestations =
        [
            dataset.Id,
            start.AttestationId,
            end.AttestationId,
            resource.AttestationId,
            result.AttestationId,
            .. reports.Select(report => report.AttestationId),
        ];
        if (attestations.Any(id => id != content.Bundle.AttestationId))
        {
            yield return "The statements are not all about the attestation of the bundle.";
        }

        var root = dataset.Dataset.Root;
        if (start.Root != root || end.Root != root || resource.Root != root)
        {
            yield return "The statements name different dataset roots.";
        }

        if (start.Records != dataset.Dataset.Records)
        {
            yield return "The run was made for another number of records.";
        }

        if (dataset.CompletedAt > start.CreatedAt)
        {
            yield return "The run was made before the dataset was complete.";
        }

        if (Words.Order(start.Order) != result.Run.Order)
        {
            yield return "The verification is of another batch order than the run was made with.";
        }

        if (resource.Head != end.Head)
        {
            yield return "The verification is of another chain than the one that ended.";
        }

        if (
            (result.Run.Segments, result.Run.Points, result.Run.Finished) != (end.Segments, end.Points, end.Finished)
            || !SamePairs(result.Run.Gaps, end.Gaps)
            || result.GapsOmitted != end.GapsOmitted
        )
        {
            yield return "The verification counts other segments, points or gaps than the run's end.";
        }

        if (!AreHeads(end))
        {
            yield return "The segment heads of run-end are not a sample of one chain from its first to its last segment.";
        }
    }

    private static bool AreHeads(RunEndPredicate end)
    {
        var heads = end.Heads;
        if (end.Segments == 0)
        {
            return heads.Count == 0;
        }

        return heads.Count is >= 1 and <= StatementLimits.Listed
            && heads[0].Seq == 0
            && heads[^1].Seq == end.Segments - 1
            && heads[^1].Head == end.Head
            && heads.Zip(heads.Skip(1)).All(pair => pair.First.Seq < pair.Second.Seq)
            && heads[0].ReceivedAt == end.FirstReceivedAt;
    }

    private static bool SamePairs(IReadOnlyList<long[]> one, IReadOnlyList<long[]> other) =>
        one.Count == other.Count && one.Zip(other).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
}
