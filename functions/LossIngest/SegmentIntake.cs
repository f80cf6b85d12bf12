using System.Security.Cryptography;
using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Functions.Telemetry;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.LossIngest;

namespace Lace.Functions.LossIngest;

/// <summary>Puts segments of one run into its stored chain.</summary>
internal sealed class SegmentIntake(
    IItemStore items,
    IBlobStore blobs,
    Runs runs,
    RunStatements statements,
    AuditTrail audit,
    Metrics metrics,
    LogSignal log
)
{
    /// <summary>Different refused bodies kept for each reason. A flood of bad ones takes no more space, and no more writes.</summary>
    public const int MaxRefusedKept = 16;

    /// <summary>Each writes its item and may free another; with head, audit entry and what may come with them at most 100 writes.</summary>
    private const int MaxOffersAtOnce = 44;
    private const int MaxBytesAtOnce = 8 << 20;

    /// <summary>Receipts of the messages that are done with.</summary>
    /// <param name="maxReceives">A segment too far ahead may come again, up to its last receive.</param>
    public async Task<IReadOnlyList<string>> TakeAsync(
        KnownRun run,
        IReadOnlyList<Offer> offers,
        int maxReceives,
        CancellationToken cancellationToken
    )
    {
        var done = new List<string>();
        var rest = offers.OrderBy(offer => offer.Seq).ToList(); // stable: of two for one number the first that came counts
        while (rest.Count > 0)
        {
            var bytes = 0;
            var some = rest.TakeWhile(offer => (bytes += offer.Message.Body.Length) <= MaxBytesAtOnce)
                .Take(MaxOffersAtOnce)
                .ToArray();
            done.AddRange(await TakeSomeAsync(run, some, maxReceives, cancellationToken));
            rest.RemoveRange(0, some.Length);
        }

        return done;
    }

    /// <summary>
    /// Order of writes: (1) one blob with the bodies that are new, under the digest of its content; (2) one transaction with the
    /// items of these segments, the head, an audit entry and, where the run ends with it, the statement of its end, on the condition that the head is the one that was read; (3) the caller completes the
    /// messages. A crash after (1) leaves a blob that nothing names; after (2) the messages come again and are repeats. Refusals
    /// are kept by digest, so they too count once.
    /// </summary>
    private async Task<IEnumerable<string>> TakeSomeAsync(
        KnownRun run,
        IReadOnlyList<Offer> offers,
        int maxReceives,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var (head, item) = await runs.GetHeadAsync(run.Tenant, run.Run.RunId, cancellationToken);
            var stored = await StoredOfAsync(run, head, offers, cancellationToken);
            var step = new ChainStep(head, stored, maxReceives);
            foreach (var offer in offers)
            {
                step.Take(offer);
            }

            var writes = new List<ItemWrite>();
            AuditedOperation? operation = null;
            if (step.Fresh.Count > 0)
            {
                var (path, content, request) = Blob(run.Run.RunId, step.Fresh);
                await blobs.PutIfAbsentAsync(new BlobKey(run.Tenant, path), content, cancellationToken);
                writes.AddRange(SegmentWrites(run, path, step.Fresh, stored));
                operation = new AuditedOperation(AuditOperation.RunLosses, run.Run.RunId, request);
            }

            writes.AddRange(step.Freed.Select(seq => ItemWrite.Delete(stored[seq].Item)));
            if (writes.Count == 0 && !step.HeadChanged)
            {
                return step.Done;
            }

            var after = step.NewHead();
            writes.Add(ItemWrite.Replace(item, Runs.Json(after)));
            var end = after.Finished && !head.Finished ? await EndAsync(run, after, step.Fresh, cancellationToken) : [];
            writes.AddRange(end);

            var taken = operation is null
                ? items.TransactAsync(writes, cancellationToken)
                : audit.TransactAsync(run.Tenant, operation, writes, cancellationToken);
            if (await taken)
            {
                metrics.Count(Metric.LossPoints, step.Fresh.Sum(offer => (long)offer.Segment!.Points));
                if (end.Count > 0)
                {
                    log.Wake();
                }

                return step.Done;
            }
        }
    }

    /// <summary>What states the end of the run, if it was closed before: some of the segments are not in the store yet.</summary>
    private Task<IReadOnlyList<ItemWrite>> EndAsync(
        KnownRun run,
        StoredHead after,
        IReadOnlyCollection<Offer> fresh,
        CancellationToken cancellationToken
    )
    {
        var heads = fresh.ToDictionary(
            offer => offer.Seq,
            offer => new SegmentHead(offer.Seq, offer.Digest, offer.Message.SentAt)
        );
        return statements.EndAsync(
            run.Tenant,
            run.Run,
            after,
            seq =>
                heads.TryGetValue(seq, out var head)
                    ? Task.FromResult(head)
                    : runs.SegmentHeadAsync(run.Tenant, run.Run.RunId, seq, cancellationToken),
            cancellationToken
        );
    }

    /// <summary>Segments in the store that the offers can touch: those with an offered number, and all that wait if the chain will move.</summary>
    private async Task<Dictionary<long, (ChainLink Link, Item Item)>> StoredOfAsync(
        KnownRun run,
        StoredHead head,
        IReadOnlyList<Offer> offers,
        CancellationToken cancellationToken
    )
    {
        var waiting = head.Waiting.SelectMany(range => Range(range[0], range[1])).ToHashSet();
        var offered = offers.Where(offer => offer.Fault is null).Select(offer => offer.Seq).ToHashSet();
        var wanted = offered.Where(seq => seq < head.Next || waiting.Contains(seq)).ToHashSet();
        if (offered.Contains(head.Next))
        {
            wanted.UnionWith(waiting);
        }

        var stored = new Dictionary<long, (ChainLink, Item)>();
        foreach (var seq in wanted)
        {
            var (segment, item) =
                await runs.GetSegmentAsync(run.Tenant, run.Run.RunId, seq, cancellationToken)
                ?? throw new InvalidDataException(
                    $"Segment {seq} of {run.Run.RunId} is named by the head and not stored."
                );
            var link = new ChainLink(
                seq,
                Runs.Hash(segment.Digest),
                Runs.Hash(segment.Prev),
                segment.Points,
                segment.Finishes
            );
            stored.Add(seq, (link, item));
        }

        return stored;
    }

    private static (string Path, byte[] Content, AuditedRequest Request) Blob(
        string runId,
        IReadOnlyCollection<Offer> fresh
    )
    {
        var content = new byte[fresh.Sum(offer => offer.Message.Body.Length)];
        var at = 0;
        foreach (var offer in fresh)
        {
            offer.Message.Body.CopyTo(content.AsMemory(at));
            at += offer.Message.Body.Length;
        }

        var hash = new MerkleHash(SHA256.HashData(content));
        var request = new AuditedRequest(hash, content.Length, fresh.Min(offer => offer.Message.SentAt));
        return ($"runs/{runId}/{hash}", content, request);
    }

    private static IEnumerable<ItemWrite> SegmentWrites(
        KnownRun run,
        string path,
        IEnumerable<Offer> fresh,
        Dictionary<long, (ChainLink Link, Item Item)> stored
    )
    {
        var offset = 0L;
        foreach (var offer in fresh)
        {
            var segment = new StoredSegment(
                offer.Digest.ToString(),
                offer.Segment!.Prev.ToString(),
                offer.Segment.Points,
                offer.Segment.Finish is not null,
                path,
                offset,
                offer.Message.Body.Length,
                offer.Message.SentAt
            );
            offset += segment.Length;
            var document = JsonSerializer.Serialize(segment, RunStorageJson.Default.StoredSegment);
            yield return stored.TryGetValue(offer.Seq, out var evicted)
                ? ItemWrite.Replace(evicted.Item, document)
                : ItemWrite.Create(Runs.SegmentPlace(run.Tenant, run.Run.RunId, offer.Seq), document);
        }
    }

    private static IEnumerable<long> Range(long from, long to)
    {
        for (var seq = from; seq <= to; seq++)
        {
            yield return seq;
        }
    }
}
