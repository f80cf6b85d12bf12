using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Problems;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.LossIngest;
using Lace.Records.Notary;

namespace Lace.Functions.LossIngest;

/// <summary>What is stated of a run: its start, once the log shows the dataset, and its end, once the log shows the start.</summary>
/// <remarks>Indices follow one another in that order because each is promised only when the one before is public.</remarks>
internal sealed class RunStatements(
    StatementSigner signer,
    SignedStatements statements,
    LogIndex index,
    LogReader log,
    TimeProvider clock
)
{
    /// <summary>A batch of the log takes about a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>After a wait in vain nobody waits for so long: ends come in by one consumer, which has other runs to serve.</summary>
    private static readonly TimeSpan Behind = TimeSpan.FromMinutes(1);

    /// <summary>After so long a closed run whose log does not end is taken for ended: the queue holds nothing of it any more.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(10);

    private static readonly Problem NotLogged = new(
        StatusCodes.Status409Conflict,
        "attestation_not_logged",
        "The attestation was completed by a version without a transparency log: attest the dataset again."
    );

    private static readonly Problem NotLoggedYet = new(
        StatusCodes.Status503ServiceUnavailable,
        "not_logged_yet",
        "The transparency log does not show the attestation yet, and a run begins after that. Repeat the request."
    )
    {
        RetryAfterSeconds = 2,
    };

    private long waitAgainAt; // ticks in UTC

    /// <summary>The writes that state a run's start: part of the transaction that makes the run.</summary>
    public async Task<IReadOnlyList<ItemWrite>> StartAsync(
        TenantId tenant,
        StoredRun run,
        LoggedAttestation logged,
        CancellationToken cancellationToken
    )
    {
        var root = Runs.Hash(run.Root);
        var statement = Statement.Create(
            run.RunId,
            LossSegment.Origin(run.RunId, root),
            PredicateTypes.RunStart,
            new RunStartPredicate(
                run.RunId,
                run.AttestationId,
                root,
                run.Records,
                run.Order,
                run.Offline,
                run.Nonce,
                run.CreatedAt,
                logged,
                run.Client
            )
        );
        var place = new StatementPlace(tenant, run.RunId, StatementKinds.RunStart);
        return statements.Store(place, await signer.SignAsync(statement, cancellationToken));
    }

    /// <summary>Where the log shows the attestation's statement, which is waited for; or why no run can begin.</summary>
    public async Task<(LoggedAttestation? Logged, Problem? Refusal)> LoggedAsync(
        TenantId tenant,
        string attestationId,
        CancellationToken cancellationToken
    )
    {
        var dataset = await statements.NewestAsync(tenant, attestationId, StatementKinds.Dataset, cancellationToken);
        if (dataset is null)
        {
            return (null, NotLogged);
        }

        if (await index.WaitAsync(dataset.Leaves, Patience, cancellationToken) is not { } indices)
        {
            return (null, NotLoggedYet);
        }

        // An index is told only after a checkpoint that covers it is public.
        var note = await log.CheckpointAsync(cancellationToken);
        return
            note is { } bytes
            && SignedNote.TryParse(bytes.Span, out var signed)
            && Checkpoint.TryParse(signed.Text, out var checkpoint)
            && indices.Values.All(at => at < checkpoint.Size)
            ? (new LoggedAttestation(indices[dataset.P256Leaf], checkpoint.Text), null)
            : throw new InvalidDataException("The public checkpoint does not cover an index that was told.");
    }

    /// <summary>
    /// The writes that state a run's end: part of the transaction that ends it, closing or accepting the <c>finish</c> item,
    /// whichever comes last. None where the run is not ended by <paramref name="after"/>, or was made before there were statements.
    /// </summary>
    /// <param name="segmentOf">A segment that is accepted, also where it is stored by the same transaction.</param>
    /// <exception cref="StorageException">The log does not show the run's start yet.</exception>
    public async Task<IReadOnlyList<ItemWrite>> EndAsync(
        TenantId tenant,
        StoredRun run,
        StoredHead after,
        Func<long, Task<SegmentHead>> segmentOf,
        CancellationToken cancellationToken
    )
    {
        if (
            after.ClosedAt is null
            || !(after.Finished || IsQuiet(after))
            || await statements.NewestAsync(tenant, run.RunId, StatementKinds.RunStart, cancellationToken)
                is not { } start
        )
        {
            return [];
        }

        var patience = clock.GetUtcNow().UtcTicks < Interlocked.Read(ref waitAgainAt) ? TimeSpan.Zero : Patience;
        if (await index.WaitAsync(start.Leaves, patience, cancellationToken) is null)
        {
            if (patience > TimeSpan.Zero)
            {
                Interlocked.Exchange(ref waitAgainAt, (clock.GetUtcNow() + Behind).UtcTicks);
            }

            throw new StorageException(
                $"The end of {run.RunId} cannot be stated before the log shows its start. Repeat it later."
            );
        }

        var heads = new List<SegmentHead>();
        foreach (var seq in Spread(after.Next))
        {
            heads.Add(await segmentOf(seq));
        }

        var statement = Statement.Create(
            run.RunId,
            Runs.Hash(after.Digest),
            PredicateTypes.RunEnd,
            new RunEndPredicate(
                run.RunId,
                run.AttestationId,
                Runs.Hash(run.Root),
                after.Next,
                after.Points,
                Runs.Hash(after.Digest),
                after.Finished,
                [.. RunStates.Gaps(after).Select(gap => new[] { gap.From, gap.To })],
                RunStates.Refused(after),
                heads,
                after.ClosedAt,
                heads is [var first, ..] ? first.ReceivedAt : null,
                after.LastReceivedAt
            )
        );
        return statements.Store(Place(tenant, run, after), await signer.SignAsync(statement, cancellationToken));
    }

    /// <summary>The statement of the run's end as the head has it; null where none was made.</summary>
    public async Task<StoredStatement?> EndOfAsync(
        TenantId tenant,
        StoredRun run,
        StoredHead head,
        CancellationToken cancellationToken
    ) =>
        await statements.NewestAsync(tenant, run.RunId, StatementKinds.RunEnd, cancellationToken) is { } newest
        && newest.Which == Place(tenant, run, head).Which
            ? newest
            : null;

    private bool IsQuiet(StoredHead head)
    {
        var last = head.LastReceivedAt > head.ClosedAt ? head.LastReceivedAt : head.ClosedAt;
        return clock.GetUtcNow() - last >= Quiet;
    }

    /// <summary>By the number of segments, so that one end of the chain is stated once.</summary>
    private static StatementPlace Place(TenantId tenant, StoredRun run, StoredHead head) =>
        new(tenant, run.RunId, StatementKinds.RunEnd, $"{head.Next:D8}");

    /// <summary>At most 16 of so many segments, spread evenly, the first and the last among them.</summary>
    private static IEnumerable<long> Spread(long segments) =>
        Enumerable
            .Range(0, (int)Math.Min(segments, StatementLimits.Listed))
            .Select(i => segments <= StatementLimits.Listed ? i : i * (segments - 1) / (StatementLimits.Listed - 1));
}
