using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Exclusion;

/// <summary>Who answers a question: the service that keeps a filter, or a filter that is on this machine.</summary>
internal interface IAskedFilter
{
    /// <summary>What came back; it is believed only after it was checked against the statement.</summary>
    /// <param name="bands">Null where nothing is asked about near-duplicates.</param>
    Task<FilterAnswer> AskAsync(
        string attestationId,
        CommittedFilter filter,
        IReadOnlyList<ulong> fingerprints,
        IReadOnlyList<ulong>? bands,
        CancellationToken cancellationToken
    );
}

/// <summary>The blocks on which a question falls.</summary>
/// <param name="Keys">Of a keyed filter: what became of each fingerprint.</param>
/// <param name="NearDuplicates">The same of the bands, from the second filter.</param>
internal sealed record FilterAnswer(
    OpenedBlocks Opened,
    IReadOnlyList<ulong>? Keys,
    FilterAnswer? NearDuplicates = null
);

/// <summary>A filter in a file: a public one, beside which there is none for near-duplicates.</summary>
internal sealed class FilterOnDisk(HeldFilter held) : IAskedFilter
{
    public Task<FilterAnswer> AskAsync(
        string attestationId,
        CommittedFilter filter,
        IReadOnlyList<ulong> fingerprints,
        IReadOnlyList<ulong>? bands,
        CancellationToken cancellationToken
    ) => Task.FromResult(new FilterAnswer(held.Open(fingerprints), null));
}
