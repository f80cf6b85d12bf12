using Lace.Evidence.Audit;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Notary;
using Lace.Records.Tenancy;

namespace Lace.Functions.Audit;

/// <summary>
/// Signed statements of how far each chain has come. In the log they bind the chain up to there: what is changed or cut off
/// below is seen by whoever holds a chain against them.
/// </summary>
internal sealed class AuditHeads(
    AuditTrail trail,
    Tenants tenants,
    StatementSigner signer,
    SignedStatements statements,
    LogIndex index,
    LogReader log,
    LogSignal signal,
    IItemStore items,
    TimeProvider clock,
    ILoggerFactory logging
)
{
    private const string About = "audit";

    private readonly ILogger logger = logging.CreateLogger(Log.Category);

    /// <summary>Signs the head of each chain that grew since its last signed head, and promises it to the log. How many it signed.</summary>
    public async Task<int> SignGrownAsync(CancellationToken cancellationToken = default)
    {
        var signed = 0;
        var chains = (await tenants.ListAsync(cancellationToken)).Select(tenant => new TenantId(tenant.Id));
        foreach (var tenant in chains.Append(Tenants.Operator))
        {
            signed += await SignAsync(tenant, cancellationToken) ? 1 : 0;
        }

        if (signed > 0)
        {
            signal.Wake();
        }

        return signed;
    }

    /// <summary>The newest signed head that the log has, with its proofs; null where there is none yet.</summary>
    public async Task<SignedAuditHead?> NewestLoggedAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        // The newest may be promised and not logged yet; the one before it is then older than a minute.
        foreach (
            var stored in await statements.NewestAsync(tenant, About, StatementKinds.AuditHead, 2, cancellationToken)
        )
        {
            if (
                await index.FindAsync(stored.P256Leaf, cancellationToken) is { } p256
                && await index.FindAsync(stored.HybridLeaf, cancellationToken) is { } hybrid
                && await log.CheckpointAsync(cancellationToken) is { } note
            )
            {
                return await WithProofsAsync(stored.Signed, p256, hybrid, note, cancellationToken);
            }
        }

        return null;
    }

    private async Task<bool> SignAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var newest = await statements.NewestAsync(tenant, About, StatementKinds.AuditHead, cancellationToken);
        if (await trail.HeadAsync(tenant, cancellationToken) is not { } head || newest?.Which == Which(head.Entries))
        {
            return false;
        }

        var chain = AuditEntry.ChainOf(tenant.Value);
        var statement = Statement.Create(
            $"audit-chain-{chain.ToString()[..16]}",
            head.Hash,
            PredicateTypes.AuditHead,
            new AuditHeadPredicate(chain, head.Entries, head.Hash, clock.GetUtcNow())
        );
        var place = new StatementPlace(tenant, About, StatementKinds.AuditHead, Which(head.Entries));
        var writes = statements.Store(place, await signer.SignAsync(statement, cancellationToken));

        // False where another host signed the same head.
        var stored = await items.TransactAsync(writes, cancellationToken);
        if (stored)
        {
            Log.AuditHeadSigned(logger, Log.Hash(tenant), head.Entries);
        }

        return stored;
    }

    private async Task<SignedAuditHead> WithProofsAsync(
        SignedStatement signed,
        long p256,
        long hybrid,
        ReadOnlyMemory<byte> note,
        CancellationToken cancellationToken
    )
    {
        if (!SignedNote.TryParse(note.Span, out var checkpoint) || !Checkpoint.TryParse(checkpoint.Text, out var state))
        {
            throw new InvalidDataException("The stored checkpoint of the log is none.");
        }

        var proofs = await Task.WhenAll(
            log.InclusionProofAsync(p256, state.Size, cancellationToken),
            log.InclusionProofAsync(hybrid, state.Size, cancellationToken)
        );
        return new SignedAuditHead(
            new BundledStatement(signed, new LogProof(p256, proofs[0]), new LogProof(hybrid, proofs[1])),
            System.Text.Encoding.UTF8.GetString(note.Span)
        );
    }

    private static string Which(long entries) => $"{entries:D16}";
}
