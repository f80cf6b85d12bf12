using System.Reflection;
using Lace.Evidence.Audit;
using Lace.Evidence.Statements;
using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.LossIngest;
using Lace.Records.Notary;

namespace Lace.Functions.Verify;

/// <summary>States what was found of an ended run, once for each finding that differs from the last one stated.</summary>
internal sealed class VerificationStatements(
    Runs runs,
    RunStatements ends,
    StatementSigner signer,
    SignedStatements statements,
    LogIndex index,
    LogSignal log,
    AuditTrail audit,
    TimeProvider clock
)
{
    private static readonly VerifierIdentity Verifier = new(
        "https://withlace.ai/verifier",
        typeof(VerificationStatements)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion
    );

    /// <summary>True where the result is stated by now; false where that cannot be yet: ask again at the next occasion.</summary>
    /// <remarks>
    /// Only after the log shows the run's end, so that the indices tell the order. Of two callers at once one writes, as both
    /// give their statement the same number.
    /// </remarks>
    public async Task<bool> StateAsync(
        TenantId tenant,
        StoredRun run,
        (StoredHead Head, Item Item) head,
        VerificationResult result,
        CancellationToken cancellationToken
    )
    {
        if (head.Head.ClosedAt is null)
        {
            return false;
        }

        if (await ends.EndOfAsync(tenant, run, head.Head, cancellationToken) is not { } end)
        {
            await StateEndAsync(tenant, run, head, cancellationToken);
            return false;
        }

        if (await index.WaitAsync(end.Leaves, TimeSpan.Zero, cancellationToken) is null)
        {
            return false;
        }

        var newest = await statements.NewestAsync(tenant, run.RunId, StatementKinds.Verification, cancellationToken);
        return (newest is not null && IsSame(newest.Signed, run, head.Head, result))
            || await AddAsync(tenant, run, head.Head, result, newest, cancellationToken);
    }

    private async Task<bool> AddAsync(
        TenantId tenant,
        StoredRun run,
        StoredHead head,
        VerificationResult result,
        StoredStatement? before,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        var number = before is null ? 0 : int.Parse(before.Which) + 1;
        var place = new StatementPlace(tenant, run.RunId, StatementKinds.Verification, $"{number:D8}");
        var signed = await signer.SignAsync(StatementOf(run, head, result, now, result.ComputedAt), cancellationToken);
        var operation = new AuditedOperation(AuditOperation.RunVerify, run.RunId, AuditedRequest.WithoutBody(now))
        {
            Consumed = [run.AttestationId],
        };
        if (!await audit.TransactAsync(tenant, operation, statements.Store(place, signed), cancellationToken))
        {
            return false;
        }

        log.Wake();
        return true;
    }

    /// <summary>Of a run that was closed and whose log does not end: nobody else comes to state it.</summary>
    private async Task StateEndAsync(
        TenantId tenant,
        StoredRun run,
        (StoredHead Head, Item Item) head,
        CancellationToken cancellationToken
    )
    {
        if (await runs.EndAsync(tenant, run, head.Head, cancellationToken) is not { Count: > 0 } writes)
        {
            return;
        }

        var request = AuditedRequest.WithoutBody(clock.GetUtcNow());
        var operation = new AuditedOperation(AuditOperation.RunClose, run.RunId, request);
        var unchanged = ItemWrite.Replace(head.Item, head.Item.Document);
        if (await audit.TransactAsync(tenant, operation, [unchanged, .. writes], cancellationToken))
        {
            log.Wake();
        }
    }

    /// <summary>Whether the same would be stated but for the time.</summary>
    private static bool IsSame(SignedStatement newest, StoredRun run, StoredHead head, VerificationResult result) =>
        Statement.TryParse(newest.Payload, out var statement) == StatementError.None
        && statement!.TryRead(PredicateTypes.Verification, out var said)
        && StatementOf(run, head, result, said.TimeVerified, said.Result.ComputedAt)
            .Payload.Span.SequenceEqual(newest.Payload.Span);

    private static Statement StatementOf(
        StoredRun run,
        StoredHead head,
        VerificationResult result,
        DateTimeOffset verifiedAt,
        DateTimeOffset computedAt
    )
    {
        var chainHead = Runs.Hash(head.Digest);
        return Statement.Create(
            run.RunId,
            chainHead,
            PredicateTypes.Verification,
            new VerificationPredicate(
                Verifier,
                verifiedAt,
                new VerifiedResource(run.RunId, run.AttestationId, Runs.Hash(run.Root), chainHead),
                SignedResult.Of(result with { ComputedAt = computedAt })
            )
        );
    }
}
