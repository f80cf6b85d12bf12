using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Fingerprints;

/// <summary>The checks of a statement that commits to a filter: the same wherever it stands.</summary>
/// <param name="Dataset">Null where the statement is none of a dataset.</param>
/// <param name="Filter">Null where it commits to none that this program knows.</param>
internal sealed record SignedFilterChecks(
    IReadOnlyList<Check> Checks,
    DatasetPredicate? Dataset,
    CommittedFilter? Filter,
    LoggedContent Logged
)
{
    private const string Kind = "dataset";

    /// <param name="policy">Null: nothing is trusted, so no signature is checked.</param>
    public static SignedFilterChecks Run(SignedFilter signed, LacePolicy? policy)
    {
        var content = StatementContent.Of(signed.Statement, Kind);
        var dataset = content.Predicate as DatasetPredicate;
        var filter = dataset?.Fingerprints is { IsValid: true } valid ? valid : null;
        var logged = LoggedContent.Of(signed.Checkpoint, [content]);
        return new SignedFilterChecks(
            [
                .. StatementChecks.Run(logged, policy),
                .. LogChecks.Signers(logged, policy),
                Subject(content, dataset),
                Committed(dataset, filter),
            ],
            dataset,
            filter,
            logged
        );
    }

    private static Check Subject(StatementContent content, DatasetPredicate? dataset)
    {
        var holds = dataset is not null && content.Statement!.Subject == dataset.Dataset.Root;
        return Check.Of(
            BundleChecks.Subjects,
            holds,
            holds ? "The subject is the root of the dataset." : "The subject of the statement is not its root."
        );
    }

    private static Check Committed(DatasetPredicate? dataset, CommittedFilter? filter) =>
        Check.Of(
            ExclusionVerification.FilterCheck,
            filter is not null,
            filter is not null
                    ? $"{filter.Scheme}, {filter.Blocks} blocks, root {filter.Root}, of {dataset!.Dataset.Records} records."
                : dataset?.Fingerprints is null ? "The statement commits to no filter."
                : "This program does not know the scheme, or its figures do not fit together."
        );
}
