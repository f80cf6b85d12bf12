using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Platform;
using Lace.Records.Storage;

namespace Lace.Records.Audit;

/// <summary>The audit chains of all tenants. An operation's writes and its entry are one transaction: both are there, or neither is.</summary>
/// <remarks>
/// The chain's head is one item for each tenant, changed by compare-and-swap: two processes on one store make one chain. Within a
/// process the operations of a tenant queue up here instead of failing one another.
/// </remarks>
public sealed class AuditTrail(IItemStore items, TimeProvider clock)
{
    internal const string Partition = "AUDIT";
    internal const string HeadSort = "HEAD";
    internal const string EntryPrefix = "ENTRY#";

    /// <summary>How many of a transaction's 100 writes the entry takes.</summary>
    public const int Writes = 2;

    private const int MaxAttempts = 100;
    private const int MaxPauseMilliseconds = 20;

    private readonly ConcurrentDictionary<TenantId, SemaphoreSlim> gates = new();

    /// <summary>Applies the writes and appends the entry, or does neither; false if a condition of the writes does not hold.</summary>
    /// <exception cref="StorageException">The store failed, or other processes changed the chain each time.</exception>
    public async Task<bool> TransactAsync(
        TenantId tenant,
        AuditedOperation operation,
        IReadOnlyList<ItemWrite> writes,
        CancellationToken cancellationToken = default
    )
    {
        var gate = gates.GetOrAdd(tenant, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            return await AppendAsync(tenant, operation, writes, cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The head of a tenant's chain; null before its first entry.</summary>
    internal async Task<AuditHead?> HeadAsync(TenantId tenant, CancellationToken cancellationToken = default) =>
        (await items.GetAsync(HeadPlace(tenant), cancellationToken))?.Read(RecordsJson.Default.AuditHead);

    private async Task<bool> AppendAsync(
        TenantId tenant,
        AuditedOperation operation,
        IReadOnlyList<ItemWrite> writes,
        CancellationToken cancellationToken
    )
    {
        var head = await items.GetAsync(HeadPlace(tenant), cancellationToken);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await items.TransactAsync([.. writes, .. Entry(tenant, head, operation)], cancellationToken))
            {
                return true;
            }

            var seen = head?.Version;
            head = await items.GetAsync(HeadPlace(tenant), cancellationToken);
            if (head?.Version == seen)
            {
                if (await IsFreeAsync(tenant, head, cancellationToken))
                {
                    return false;
                }

                // Another process may have appended between the two reads: then the head has moved by now, too.
                head = await items.GetAsync(HeadPlace(tenant), cancellationToken);
                if (head?.Version == seen)
                {
                    throw new InvalidDataException($"The audit chain of {tenant} has entries behind its head.");
                }
            }

            var pause = TimeSpan.FromMilliseconds(
                RandomNumberGenerator.GetInt32(1 + Math.Min(attempt, MaxPauseMilliseconds))
            );
            await Task.Delay(pause, clock, cancellationToken);
        }

        throw new StorageException(
            "An operation was not recorded: other processes changed the tenant's audit chain each time. Try again."
        );
    }

    private async Task<bool> IsFreeAsync(TenantId tenant, Item? head, CancellationToken cancellationToken)
    {
        var next = head?.Read(RecordsJson.Default.AuditHead).Entries ?? 0;
        return await items.GetAsync(EntryPlace(tenant, next), cancellationToken) is null;
    }

    private ItemWrite[] Entry(TenantId tenant, Item? head, AuditedOperation operation)
    {
        var before = head?.Read(RecordsJson.Default.AuditHead) ?? AuditHead.Empty;
        var now = Later(clock.GetUtcNow(), before.At);
        var goesOn = operation.Phase == AuditPhase.Accepted;
        var entry = new AuditEntry
        {
            Chain = AuditEntry.ChainOf(tenant.Value),
            Sequence = before.Entries,
            EntryId =
                AuditEntry.EntryIdPrefix + RandomId.Letters(AuditEntry.EntryIdLength - AuditEntry.EntryIdPrefix.Length),
            Operation = operation.Name,
            Phase = operation.Phase,
            ObjectId = operation.ObjectId,
            RequestHash = operation.Request.Hash,
            RequestSizeBytes = operation.Request.SizeBytes,
            ArtifactIdsProduced = operation.Produced,
            ArtifactIdsConsumed = operation.Consumed,
            StartedAt = goesOn || operation.Request.StartedAt > now ? now : operation.Request.StartedAt,
            CompletedAt = goesOn ? null : now,
            ErrorCode = operation.ErrorCode,
            ErrorMessage = operation.ErrorMessage,
            DpMetrics = operation.DpMetrics,
            PrevHash = before.Hash,
        };
        var line = Encoding.UTF8.GetString(entry.ToLine(out var hash));
        var after = JsonSerializer.Serialize(
            new AuditHead(before.Entries + 1, hash.ToString(), now),
            RecordsJson.Default.AuditHead
        );
        return
        [
            ItemWrite.Create(EntryPlace(tenant, entry.Sequence), line),
            head is null ? ItemWrite.Create(HeadPlace(tenant), after) : ItemWrite.Replace(head, after),
        ];
    }

    private static ItemKey HeadPlace(TenantId tenant) => new(tenant, Partition, HeadSort);

    private static ItemKey EntryPlace(TenantId tenant, long sequence) =>
        new(tenant, Partition, $"{EntryPrefix}{sequence:D16}");

    /// <summary>A clock that was set back does not turn the chain's time.</summary>
    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
