using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Functions.Storage;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.LossIngest;
using Lace.Records.Storage;

namespace Lace.Functions.LossIngest;

/// <summary>Runs of all tenants and their accepted segments.</summary>
internal sealed class Runs(
    IItemStore items,
    IBlobStore blobs,
    IKeyService keys,
    AuditTrail audit,
    RunStatements statements,
    LogSignal log,
    TimeProvider clock
)
{
    public const string IdPrefix = "run";

    private const string HeadSort = "HEAD";
    private const string SegmentPrefix = "SEG#";
    private const string RunPrefix = RunPlaces.Prefix;
    private const string List = "RUNS";

    public static bool IsId(string? id) => RandomId.IsValid(IdPrefix, id);

    /// <summary>A new run of a complete attestation, with its ingest key in the clear.</summary>
    /// <param name="logged">Where the log shows the attestation: the nonce is drawn here, after that.</param>
    public async Task<(StoredRun Run, byte[] IngestKey)> CreateAsync(
        TenantId tenant,
        Attestation attestation,
        LoggedAttestation logged,
        CreateRun request,
        AuditedRequest audited,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var now = clock.GetUtcNow();
            var id = RandomId.At(IdPrefix, now);
            using var key = await keys.GenerateDataKeyAsync(tenant, RunPlaces.KeyContext(id), cancellationToken);
            var run = new StoredRun(
                id,
                attestation.Id,
                attestation.Dataset.Root!,
                attestation.Dataset.Records!.Value,
                request.Order,
                request.Offline,
                request.Client,
                Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
                key.Wrapped.ToArray(),
                now
            );
            var origin = LossSegment.Origin(id, Hash(run.Root));
            var head = new StoredHead(0, origin.ToString(), 0, false, [], []);
            var entry = JsonSerializer.Serialize(
                new RunEntry(id, run.AttestationId, run.Order, now),
                RunStorageJson.Default.RunEntry
            );
            ItemWrite[] writes =
            [
                PublicIds.Claim(id, tenant),
                ItemWrite.Create(
                    RunPlaces.Meta(tenant, id),
                    JsonSerializer.Serialize(run, RunStorageJson.Default.StoredRun)
                ),
                ItemWrite.Create(Place(tenant, id, HeadSort), Json(head)),
                ItemWrite.Create(new ItemKey(tenant, List, id), entry),
                ItemWrite.Create(new ItemKey(tenant, "ATT#" + run.AttestationId, RunPrefix + id), entry),
                .. await statements.StartAsync(tenant, run, logged, cancellationToken),
            ];
            var operation = new AuditedOperation(AuditOperation.RunCreate, id, audited)
            {
                Phase = AuditPhase.Accepted,
                Produced = [id],
                Consumed = [attestation.Id],
            };
            if (await audit.TransactAsync(tenant, operation, writes, cancellationToken))
            {
                log.Wake();
                return (run, key.Plaintext.ToArray());
            }
        }
    }

    /// <summary>Null where the tenant has no such run.</summary>
    public async Task<StoredRun?> GetAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        IsId(id)
            ? (await items.GetAsync(RunPlaces.Meta(tenant, id), cancellationToken))?.Read(
                RunStorageJson.Default.StoredRun
            )
            : null;

    /// <summary>The head of a run that is there, and its item for compare-and-swap.</summary>
    public async Task<(StoredHead Head, Item Item)> GetHeadAsync(
        TenantId tenant,
        string id,
        CancellationToken cancellationToken
    )
    {
        var item =
            await items.GetAsync(Place(tenant, id, HeadSort), cancellationToken)
            ?? throw new InvalidDataException($"The run {id} has no head in the store.");
        return (item.Read(RunStorageJson.Default.StoredHead), item);
    }

    /// <summary>One page, newest first.</summary>
    public async Task<(IReadOnlyList<RunEntry> Page, string? Next)> ListAsync(
        TenantId tenant,
        int limit,
        string? after,
        CancellationToken cancellationToken
    )
    {
        var query = new ItemQuery(tenant, List, After: after, Limit: limit, Descending: true);
        var page = await items.QueryAsync(query, cancellationToken);
        return ([.. page.Items.Select(item => item.Read(RunStorageJson.Default.RunEntry))], page.Next);
    }

    /// <summary>The newest runs of an attestation, newest first.</summary>
    public async Task<IReadOnlyList<RunEntry>> OfAttestationAsync(
        TenantId tenant,
        string attestationId,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var query = new ItemQuery(tenant, "ATT#" + attestationId, RunPrefix, Limit: limit, Descending: true);
        var page = await items.QueryAsync(query, cancellationToken);
        return
        [
            .. page
                .Items.Select(item => item.Read(RunStorageJson.Default.RunEntry))
                .OrderByDescending(run => run.CreatedAt),
        ];
    }

    /// <summary>Notes that the client asked to close the run. The first time stays.</summary>
    public async Task CloseAsync(
        TenantId tenant,
        StoredRun run,
        AuditedRequest request,
        CancellationToken cancellationToken
    )
    {
        var operation = new AuditedOperation(AuditOperation.RunClose, run.RunId, request);
        while (true)
        {
            var (head, item) = await GetHeadAsync(tenant, run.RunId, cancellationToken);
            if (head.ClosedAt is not null)
            {
                return;
            }

            var closed = head with { ClosedAt = clock.GetUtcNow() };
            ItemWrite[] writes =
            [
                ItemWrite.Replace(item, Json(closed)),
                .. await EndAsync(tenant, run, closed, cancellationToken),
            ];
            if (await audit.TransactAsync(tenant, operation, writes, cancellationToken))
            {
                log.Wake();
                return;
            }
        }
    }

    /// <summary>The writes that state the end of a run whose segments are all stored; none where it is not ended.</summary>
    public Task<IReadOnlyList<ItemWrite>> EndAsync(
        TenantId tenant,
        StoredRun run,
        StoredHead head,
        CancellationToken cancellationToken
    ) =>
        statements.EndAsync(
            tenant,
            run,
            head,
            seq => SegmentHeadAsync(tenant, run.RunId, seq, cancellationToken),
            cancellationToken
        );

    /// <exception cref="InvalidDataException">The segment is not stored.</exception>
    public async Task<SegmentHead> SegmentHeadAsync(
        TenantId tenant,
        string id,
        long seq,
        CancellationToken cancellationToken
    ) =>
        await GetSegmentAsync(tenant, id, seq, cancellationToken) is var (segment, _)
            ? new SegmentHead(seq, Hash(segment.Digest), segment.ReceivedAt)
            : throw new InvalidDataException($"Segment {seq} of {id} is named by the head and not stored.");

    /// <summary>A stored segment, accepted or waiting.</summary>
    public async Task<(StoredSegment Segment, Item Item)?> GetSegmentAsync(
        TenantId tenant,
        string id,
        long seq,
        CancellationToken cancellationToken
    ) =>
        await items.GetAsync(SegmentPlace(tenant, id, seq), cancellationToken) is { } item
            ? (item.Read(RunStorageJson.Default.StoredSegment), item)
            : null;

    /// <summary>The accepted segments in order, read from the store and parsed again.</summary>
    /// <exception cref="InvalidDataException">A body is missing or is no segment: the store was damaged.</exception>
    public async IAsyncEnumerable<ReceivedSegment> SegmentsAsync(
        TenantId tenant,
        string id,
        long count,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var (body, receivedAt) in BodiesAsync(tenant, id, count, cancellationToken))
        {
            var segment =
                LossSegment.Read(body.Span, out var reason)
                ?? throw new InvalidDataException($"A segment of {id} is damaged: {reason}.");
            yield return new ReceivedSegment(segment, receivedAt);
        }
    }

    /// <summary>The accepted segments in order, as they were received.</summary>
    /// <exception cref="InvalidDataException">A body is missing: the store was damaged.</exception>
    public async IAsyncEnumerable<(ReadOnlyMemory<byte> Body, DateTimeOffset ReceivedAt)> BodiesAsync(
        TenantId tenant,
        string id,
        long count,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var together = new List<StoredSegment>();
        var taken = 0L;
        await foreach (var item in items.AllAsync(tenant, RunPrefix + id, SegmentPrefix, cancellationToken))
        {
            if (taken++ == count)
            {
                break;
            }

            var next = item.Read(RunStorageJson.Default.StoredSegment);
            if (together is [.., var last] && (next.Blob != last.Blob || next.Offset != last.Offset + last.Length))
            {
                foreach (var body in await ReadAsync(tenant, together, cancellationToken))
                {
                    yield return body;
                }

                together.Clear();
            }

            together.Add(next);
        }

        foreach (var body in await ReadAsync(tenant, together, cancellationToken))
        {
            yield return body;
        }
    }

    public static ItemKey SegmentPlace(TenantId tenant, string id, long seq) =>
        Place(tenant, id, $"{SegmentPrefix}{seq:D8}");

    public static string Json(StoredHead head) => JsonSerializer.Serialize(head, RunStorageJson.Default.StoredHead);

    /// <exception cref="InvalidDataException">Somebody else wrote to the store.</exception>
    public static MerkleHash Hash(string hex) =>
        MerkleHash.TryParse(hex, out var hash) ? hash : throw new InvalidDataException("A stored hash is none.");

    /// <summary>Segments that lie one after another in one blob, by one read.</summary>
    private async Task<List<(ReadOnlyMemory<byte> Body, DateTimeOffset ReceivedAt)>> ReadAsync(
        TenantId tenant,
        List<StoredSegment> together,
        CancellationToken cancellationToken
    )
    {
        var read = new List<(ReadOnlyMemory<byte>, DateTimeOffset)>();
        if (together.Count == 0)
        {
            return read;
        }

        var length = together.Sum(segment => segment.Length);
        var key = new BlobKey(tenant, together[0].Blob);
        var bytes = await blobs.GetRangeAsync(key, together[0].Offset, length, cancellationToken);
        if (bytes is not { } bodies || bodies.Length != length)
        {
            throw new InvalidDataException($"The blob {key.Path} is missing or short.");
        }

        var at = 0;
        foreach (var stored in together)
        {
            read.Add((bodies.Slice(at, stored.Length), stored.ReceivedAt));
            at += stored.Length;
        }

        return read;
    }

    private static ItemKey Place(TenantId tenant, string id, string sort) => new(tenant, RunPrefix + id, sort);
}
