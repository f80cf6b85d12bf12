using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Exclusion;

/// <summary>Who answers a question: the service that keeps a filter, or a filter that is on this machine.</summary>
internal interface IAskedFilter
{
    /// <summary>What came back; it is believed only after it was checked against the statement.</summary>
    Task<FilterAnswer> AskAsync(
        string attestationId,
        CommittedFilter filter,
        IReadOnlyList<ulong> fingerprints,
        CancellationToken cancellationToken
    );
}

/// <summary>The blocks on which a question falls.</summary>
/// <param name="Keys">Of a keyed filter: what became of each fingerprint.</param>
internal sealed record FilterAnswer(OpenedBlocks Opened, IReadOnlyList<ulong>? Keys);

/// <summary>A filter in a file.</summary>
internal sealed class FilterOnDisk(HeldFilter held) : IAskedFilter
{
    public Task<FilterAnswer> AskAsync(
        string attestationId,
        CommittedFilter filter,
        IReadOnlyList<ulong> fingerprints,
        CancellationToken cancellationToken
    ) => Task.FromResult(new FilterAnswer(held.Open(fingerprints), null));
}
