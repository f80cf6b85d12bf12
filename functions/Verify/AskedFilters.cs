using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.Notary;
using Lace.Records.Storage;

namespace Lace.Functions.Verify;

/// <summary>A filter that a caller may ask.</summary>
internal sealed record AskedFilter(TenantId Owner, string Id, CommittedFilter Filter);

/// <summary>From an id that anybody may hold to a filter, if the caller may ask it.</summary>
internal sealed class AskedFilters(
    PublicIds owners,
    Attestations attestations,
    SignedStatements statements,
    LogIndex index,
    LogReader log,
    TimeProvider clock
)
{
    /// <summary>A batch of the log takes about a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>No refusal is quicker: how long looking took says nothing of what was found.</summary>
    private static readonly TimeSpan Refusing = TimeSpan.FromMilliseconds(50);

    private static readonly TenantId Nobody = new("nobody");

    /// <summary>One answer to whatever is not there, not complete, without a filter, or not for this caller.</summary>
    private static readonly Problem NotFound = new(
        StatusCodes.Status404NotFound,
        "not_found",
        "There is no such attestation with a fingerprint filter that this key may ask."
    );

    private static readonly Problem NotLoggedYet = new(
        StatusCodes.Status503ServiceUnavailable,
        "not_logged_yet",
        "The transparency log does not show the statement of this attestation yet. Repeat the request."
    )
    {
        RetryAfterSeconds = 2,
    };

    public async Task<(AskedFilter? Found, Problem? Refusal)> FindAsync(
        TenantId caller,
        string id,
        CancellationToken cancellationToken
    )
    {
        var began = clock.GetTimestamp();
        var isId = RandomId.IsValid(Attestation.IdPrefix, id);
        var owner = isId ? await owners.FindTenantAsync(id, cancellationToken) : null;
        // Looked for in either case: what does not exist costs what exists costs.
        var found = await attestations.GetAsync(owner ?? Nobody, id, cancellationToken);
        if (
            owner is { } tenant
            && found is { Document: { Status: Attestation.Complete, Fingerprints: { } filter } }
            && (tenant == caller || filter.Access == FilterAccess.Callers)
        )
        {
            return (new AskedFilter(tenant, id, filter.Committed()), null);
        }

        var left = Refusing - clock.GetElapsedTime(began);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, clock, cancellationToken);
        }

        return (null, NotFound);
    }

    /// <summary>The statement that commits to the filter, with proofs from the log.</summary>
    public async Task<(SignedFilter? Signed, Problem? Refusal)> SignedAsync(
        AskedFilter asked,
        CancellationToken cancellationToken
    )
    {
        var stored = await statements.NewestAsync(asked.Owner, asked.Id, StatementKinds.Dataset, cancellationToken);
        if (stored is null || await index.WaitAsync([.. stored.Leaves], Patience, cancellationToken) is not { } indices)
        {
            return (null, NotLoggedYet);
        }

        // Read after the indices: an index is told only after a checkpoint that covers it is public.
        var covered = stored.Leaves.Max(leaf => indices[leaf]) + 1;
        if (
            await log.CheckpointOverAsync(covered, cancellationToken) is not { } note
            || !SignedNote.TryParse(note.Span, out var signed)
            || !Checkpoint.TryParse(signed.Text, out var checkpoint)
        )
        {
            throw new InvalidDataException("The log's public checkpoint cannot be read.");
        }

        var p256 = indices[stored.P256Leaf];
        var hybrid = indices[stored.HybridLeaf];
        return (
            new SignedFilter(
                new BundledStatement(
                    stored.Signed,
                    new(p256, await log.InclusionProofAsync(p256, checkpoint.Size, cancellationToken)),
                    new(hybrid, await log.InclusionProofAsync(hybrid, checkpoint.Size, cancellationToken))
                ),
                signed.ToString()
            ),
            null
        );
    }
}
