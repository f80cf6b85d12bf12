using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;
using Lace.Platform;
using Lace.Records.LossIngest;
using Lace.Records.Storage;

namespace Lace.Records.Training;

/// <summary>How far a training is logged into its run: part of the client's item, so that it moves with the operations.</summary>
/// <param name="Next">Number of the next segment.</param>
/// <param name="Prev">Digest of the last one.</param>
/// <param name="Order">The committed order that losses belong to now.</param>
/// <param name="Unsent">Segments that may not be in the queue yet. Sending one again changes nothing.</param>
internal sealed record RunLogState(
    long Next,
    string Prev,
    long Points,
    CommittedOrder? Order,
    bool Finished,
    IReadOnlyList<UnsentSegment> Unsent
);

/// <summary>Batches of the sampler whose order was committed before the first of their losses.</summary>
/// <param name="Epoch">A new number for each.</param>
/// <param name="From">Position of the first step.</param>
/// <param name="Positions">Steps that it covers, those with empty batches included.</param>
/// <param name="At">Position of the next step.</param>
/// <param name="Logged">Batches that losses revealed: all before <paramref name="At"/> but the empty ones.</param>
internal sealed record CommittedOrder(int Epoch, long From, long Positions, long At, long Logged)
{
    [JsonIgnore]
    public long End => From + Positions;
}

/// <param name="Blob">Path of the body.</param>
internal sealed record UnsentSegment(long Seq, string Blob);

/// <summary>Writes the segments of one run. A body lies in a blob before the item that names it, and is sent after that item is stored.</summary>
internal sealed class RunLog : IDisposable
{
    /// <summary>Room in a segment for one more item of this size.</summary>
    private const int RoomBytes = LossSegment.MaxBytes - 4096;

    /// <summary>Most records of a batch that is named; more do not fit a segment.</summary>
    private const int MostRecords = 20_000;

    private readonly IBlobStore blobs;
    private readonly TenantId tenant;
    private readonly string clientId;
    private readonly StoredRun run;
    private readonly DataKey key;

    private RunLog(IBlobStore blobs, TenantId tenant, string clientId, StoredRun run, DataKey key) =>
        (this.blobs, this.tenant, this.clientId, this.run, this.key) = (blobs, tenant, clientId, run, key);

    /// <summary>Null where the tenant has no such run, or its key is gone.</summary>
    public static async Task<RunLog?> OpenAsync(
        IItemStore items,
        IBlobStore blobs,
        IKeyService keys,
        TenantId tenant,
        string clientId,
        string runId,
        CancellationToken cancellationToken = default
    ) =>
        (await items.GetAsync(RunPlaces.Meta(tenant, runId), cancellationToken))?.Read(RunStorageJson.Default.StoredRun)
            is { } run
        && await keys.UnwrapDataKeyAsync(tenant, RunPlaces.KeyContext(runId), run.IngestKey, cancellationToken)
            is { } key
            ? new RunLog(blobs, tenant, clientId, run, key)
            : null;

    /// <summary>The state with items after it, in as many segments as they need.</summary>
    public async Task<RunLogState> AppendAsync(
        RunLogState? before,
        IEnumerable<LossItem> items,
        CancellationToken cancellationToken = default
    )
    {
        var state = before ?? Start();
        var segment = new List<LossItem>();
        var bytes = 0;
        foreach (var item in items.Select(Fitting))
        {
            var size = SizeOf(item);
            if (segment.Count == LossSegment.MaxItems || (segment.Count > 0 && bytes + size > RoomBytes))
            {
                state = await AddAsync(state, segment, cancellationToken);
                segment.Clear();
                bytes = 0;
            }

            segment.Add(item);
            bytes += size;
        }

        return segment.Count == 0 ? state : await AddAsync(state, segment, cancellationToken);
    }

    /// <summary>Puts what may not be there yet into the queue, in order.</summary>
    public static async Task SendAsync(
        IBlobStore blobs,
        TenantId tenant,
        IQueue losses,
        IEnumerable<UnsentSegment> segments,
        CancellationToken cancellationToken = default
    )
    {
        foreach (var segment in segments.OrderBy(segment => segment.Seq))
        {
            var body =
                await blobs.GetAsync(new BlobKey(tenant, segment.Blob), cancellationToken)
                ?? throw new InvalidDataException($"The blob {segment.Blob} is missing.");
            await losses.SendAsync(body.Content, cancellationToken);
        }
    }

    public void Dispose() => key.Dispose();

    private RunLogState Start() => new(0, LossSegment.Origin(run.RunId, Hash(run.Root)).ToString(), 0, null, false, []);

    private async Task<RunLogState> AddAsync(
        RunLogState state,
        List<LossItem> items,
        CancellationToken cancellationToken
    )
    {
        var body = LossSegment.Write(run.RunId, state.Next, Hash(state.Prev), items, key.Plaintext);
        var digest = Convert.ToHexStringLower(SHA256.HashData(body));
        var path = $"{TrainingIds.Folder(clientId)}losses/{digest}";
        await blobs.PutIfAbsentAsync(new BlobKey(tenant, path), body, cancellationToken);
        return state with
        {
            Next = state.Next + 1,
            Prev = digest,
            Points = state.Points + items.Count(item => item is PointItem),
            Finished = state.Finished || items.Exists(item => item is FinishItem),
            Unsent = [.. state.Unsent, new UnsentSegment(state.Next, path)],
        };
    }

    private static LossItem Fitting(LossItem item) =>
        item is PointItem { Point: { Batch: { } batch } point } && batch.Sum(micro => micro.Records.Count) > MostRecords
            ? new PointItem(point with { Batch = null })
            : item;

    // An index has at most ten digits and a comma.
    private static int SizeOf(LossItem item) =>
        300 + (item is PointItem { Point.Batch: { } batch } ? 11 * batch.Sum(micro => micro.Records.Count) : 0);

    private static MerkleHash Hash(string hex) =>
        MerkleHash.TryParse(hex, out var hash) ? hash : throw new InvalidDataException("A stored hash is none.");
}
