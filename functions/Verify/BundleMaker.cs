using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.Problems;
using Lace.Functions.TransparencyLog;
using Lace.Records.LossIngest;
using Lace.Records.Notary;

namespace Lace.Functions.Verify;

/// <summary>Puts the evidence of an ended run together: its statements, and proofs of all of them to one checkpoint.</summary>
internal sealed class BundleMaker(
    VerifiedRuns verified,
    Runs runs,
    RunStatements ends,
    SignedStatements statements,
    RunLogDigests digests,
    LogIndex index,
    LogReader log
)
{
    /// <summary>A batch of the log takes about a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Problem NotEnded = new(
        StatusCodes.Status409Conflict,
        "run_not_ended",
        "There is a bundle once the run has ended: close it, or wait for the end of its log."
    );

    private static readonly Problem NotLoggedYet = new(
        StatusCodes.Status503ServiceUnavailable,
        "not_logged_yet",
        "The transparency log does not show all statements of the run yet. Repeat the request."
    )
    {
        RetryAfterSeconds = 2,
    };

    private static readonly Problem TooLarge = new(
        StatusCodes.Status422UnprocessableEntity,
        "bundle_too_large",
        $"The statements of this run and their proofs have more than {EvidenceBundle.MaxBytes} bytes."
    );

    /// <summary>The file's bytes, or why there is none now.</summary>
    public async Task<(byte[]? Bytes, Problem? Refusal)> MakeAsync(FoundRun found, CancellationToken cancellationToken)
    {
        var (tenant, run) = (found.Tenant, found.Run);

        // Verifying states what is not stated yet: of an ended run the result, of a quiet one first its end.
        var (result, refusal) = await verified.VerifyAsync(found, cancellationToken);
        if (result is null)
        {
            return (null, refusal);
        }

        var (head, _) = await runs.GetHeadAsync(tenant, run.RunId, cancellationToken);
        if (await ends.EndOfAsync(tenant, run, head, cancellationToken) is not { } end)
        {
            return (null, NotEnded);
        }

        var dataset = await statements.NewestAsync(
            tenant,
            run.AttestationId,
            StatementKinds.Dataset,
            cancellationToken
        );
        var start = await statements.NewestAsync(tenant, run.RunId, StatementKinds.RunStart, cancellationToken);
        var verification = await statements.NewestAsync(
            tenant,
            run.RunId,
            StatementKinds.Verification,
            cancellationToken
        );
        if (dataset is null || start is null || verification is null || !States(verification, head, result))
        {
            return (null, NotLoggedYet);
        }

        var reports = await statements.NewestAsync(
            tenant,
            run.RunId,
            StatementKinds.Report,
            EvidenceBundle.MaxReports,
            cancellationToken
        );
        StoredStatement[] all = [dataset, start, end, verification, .. reports.Reverse()];
        if (
            await index.WaitAsync([.. all.SelectMany(one => one.Leaves)], Patience, cancellationToken)
            is not { } indices
        )
        {
            return (null, NotLoggedYet);
        }

        // A report of an earlier verification stands before this one in the log, and is not of this bundle.
        var after = verification.Leaves.Max(leaf => indices[leaf]);
        var told = all.Where(
            (one, i) => i < EvidenceBundle.RunStatements || one.Leaves.All(leaf => indices[leaf] > after)
        );
        var named = await digests.OfAsync(found, verification.P256Leaf, cancellationToken);
        return Fitting(await ProveAsync(found, [.. told], indices, named, cancellationToken));
    }

    /// <summary>The oldest reports are left out where they do not fit.</summary>
    internal static (byte[]? Bytes, Problem? Refusal) Fitting(EvidenceBundle bundle)
    {
        while (bundle.Write() is var bytes)
        {
            if (bytes.Length <= EvidenceBundle.MaxBytes)
            {
                return (bytes, null);
            }

            if (bundle.Statements.Count == EvidenceBundle.RunStatements)
            {
                break;
            }

            bundle = bundle with
            {
                Statements =
                [
                    .. bundle.Statements.Take(EvidenceBundle.RunStatements),
                    .. bundle.Statements.Skip(EvidenceBundle.RunStatements + 1),
                ],
            };
        }

        return (null, TooLarge);
    }

    private async Task<EvidenceBundle> ProveAsync(
        FoundRun found,
        IReadOnlyList<StoredStatement> told,
        IReadOnlyDictionary<MerkleHash, long> indices,
        NamedRunLog named,
        CancellationToken cancellationToken
    )
    {
        // Read after the indices: an index is told only after a checkpoint that covers it is public.
        var covered = told.SelectMany(one => one.Leaves).Max(leaf => indices[leaf]) + 1;
        var note = await log.CheckpointOverAsync(Math.Max(covered, NamedSize(told[1])), cancellationToken);
        if (
            note is not { } bytes
            || !SignedNote.TryParse(bytes.Span, out var signed)
            || !Checkpoint.TryParse(signed.Text, out var checkpoint)
        )
        {
            throw new InvalidDataException("The log's public checkpoint cannot be read.");
        }

        var bundled = new List<BundledStatement>();
        foreach (var statement in told)
        {
            bundled.Add(
                new(statement.Signed, await ProofAsync(statement.P256Leaf), await ProofAsync(statement.HybridLeaf))
            );
        }

        return new EvidenceBundle(
            found.Run.RunId,
            found.Run.AttestationId,
            bundled,
            signed.ToString(),
            await log.ConsistencyProofAsync(NamedSize(told[1]), checkpoint.Size, cancellationToken),
            named
        );

        async Task<LogProof> ProofAsync(MerkleHash leaf) =>
            new(indices[leaf], await log.InclusionProofAsync(indices[leaf], checkpoint.Size, cancellationToken));
    }

    /// <summary>Size of the checkpoint that the statement of the run's start names.</summary>
    private static long NamedSize(StoredStatement start) =>
        Statement.TryParse(start.Signed.Payload, out var statement) == StatementError.None
        && statement!.TryRead(PredicateTypes.RunStart, out var said)
        && Checkpoint.TryParse(said.AttestationLogged.Checkpoint, out var earlier)
            ? earlier.Size
            : throw new InvalidDataException($"The stored statement {start.Which} of a run's start is damaged.");

    /// <summary>Whether the newest verification statement is of what was found just now.</summary>
    private static bool States(StoredStatement verification, StoredHead head, VerificationResult result) =>
        Statement.TryParse(verification.Signed.Payload, out var statement) == StatementError.None
        && statement!.TryRead(PredicateTypes.Verification, out var said)
        && said.Resource.Head.ToString() == head.Digest
        && SignedResult.Of(result) is var now
        && (said.Result.Verdict, said.Result.Level, said.Result.OtherRunsOmitted)
            == (now.Verdict, now.Level, now.OtherRunsOmitted)
        && said.Result.OtherRuns.SequenceEqual(now.OtherRuns);
}
