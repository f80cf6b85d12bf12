using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.Telemetry;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.LossIngest;
using Lace.Records.Notary;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.Verify;

/// <summary>How far the statements of a dataset and of a run's start came.</summary>
internal enum LogState
{
    /// <summary>They were never made: the run is older than the log.</summary>
    NotStated,

    /// <summary>The public log does not show them yet.</summary>
    Promised,
    Public,
}

/// <summary>Reads what the log shows of a run's beginning, and has it checked against the keys of this service.</summary>
internal sealed class LoggedRuns(
    SignedStatements statements,
    StatementKeys statementKeys,
    LogKeys logKeys,
    LogIndex index,
    LogReader log,
    Metrics metrics
)
{
    /// <summary>Looks at a few items only; <see cref="LogState.Public"/> stays so.</summary>
    public async Task<LogState> StateAsync(TenantId tenant, StoredRun run, CancellationToken cancellationToken) =>
        await FindAsync(tenant, run, cancellationToken) is not var (dataset, start) ? LogState.NotStated
        : await index.WaitAsync([.. dataset.Leaves, .. start.Leaves], TimeSpan.Zero, cancellationToken) is null
            ? LogState.Promised
        : LogState.Public;

    public async Task<Check> CheckAsync(
        TenantId tenant,
        StoredRun run,
        AttestationFacts attestation,
        RunFacts facts,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(tenant, run, cancellationToken) is not var (dataset, start))
        {
            return LogCheck.NotChecked("The run was made by a version without statements and a transparency log.");
        }

        if (
            await index.WaitAsync([.. dataset.Leaves, .. start.Leaves], TimeSpan.Zero, cancellationToken)
                is not { } indices
            || await log.CheckpointAsync(cancellationToken) is not { } note
        )
        {
            return LogCheck.NotChecked("The public log does not show the statement of the run's start yet.");
        }

        var trust = new LogTrust(await statementKeys.ListAsync(cancellationToken), logKeys.Verifiers);
        var size =
            SignedNote.TryParse(note.Span, out var signed) && Checkpoint.TryParse(signed.Text, out var head)
                ? head.Size
                : 0;
        try
        {
            var logged = new LogFacts(
                await LoggedAsync(dataset, indices, size, cancellationToken),
                await LoggedAsync(start, indices, size, cancellationToken),
                note,
                await FromNamedAsync(start, size, cancellationToken)
            );
            var check = LogCheck.Of(logged, trust, attestation, facts);
            metrics.Count(Metric.SignatureFailures, check.Status == CheckStatus.Failed ? 1 : 0);
            return check;
        }
        catch (InvalidDataException damage)
        {
            metrics.Count(Metric.SignatureFailures);
            return new Check(CheckNames.TransparencyLog, CheckStatus.Failed, $"The log is damaged: {damage.Message}");
        }
    }

    private async Task<(StoredStatement Dataset, StoredStatement Start)?> FindAsync(
        TenantId tenant,
        StoredRun run,
        CancellationToken cancellationToken
    ) =>
        await statements.NewestAsync(tenant, run.AttestationId, StatementKinds.Dataset, cancellationToken)
            is { } dataset
        && await statements.NewestAsync(tenant, run.RunId, StatementKinds.RunStart, cancellationToken) is { } start
            ? (dataset, start)
            : null;

    private async Task<LoggedStatement> LoggedAsync(
        StoredStatement statement,
        IReadOnlyDictionary<MerkleHash, long> indices,
        long size,
        CancellationToken cancellationToken
    )
    {
        return new(statement.Signed, await LeafAsync(statement.P256Leaf), await LeafAsync(statement.HybridLeaf));

        async Task<LoggedLeaf> LeafAsync(MerkleHash leaf) =>
            indices[leaf] < size
                ? new(indices[leaf], await log.InclusionProofAsync(indices[leaf], size, cancellationToken))
                : throw new InvalidDataException("the public checkpoint does not cover an index that was told");
    }

    private async Task<MerkleHash[]> FromNamedAsync(
        StoredStatement start,
        long size,
        CancellationToken cancellationToken
    ) =>
        Statement.TryParse(start.Signed.Payload, out var statement) == StatementError.None
        && statement!.TryRead(PredicateTypes.RunStart, out var said)
        && Checkpoint.TryParse(said.AttestationLogged.Checkpoint, out var named)
        && named.Size <= size
            ? await log.ConsistencyProofAsync(named.Size, size, cancellationToken)
            : [];
}
