using System.Net;
using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Tests.Evidence.Transparency.Notes;
using Microsoft.AspNetCore.Http;

namespace Lace.Tests.Functions.TransparencyLog.Witnesses;

/// <summary>
/// A stand-in for somebody's witness: the whole of add-checkpoint (C2SP tlog-witness), checks in the order of the specification,
/// check and store in one step. It keeps what it cosigned in memory and its clock stands where the test puts it.
/// </summary>
internal sealed class LocalWitness : IAsyncDisposable
{
    private readonly NoteSigner signer;
    private readonly Dictionary<string, VerifierKey[]> logs = [];
    private readonly Dictionary<string, Checkpoint> cosigned = [];
    private readonly Lock access = new();
    private LocalServer server = null!;

    private LocalWitness(string name, NoteSignatureType type, byte seed) => signer = new NoteSigner(name, type, seed);

    public VerifierKey Key => signer.Key;

    public Uri Prefix => new(server.Url, "witness/");

    public long UnixSeconds { get; set; } = new ManualClock().GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Old size and answer of every request, in order.</summary>
    public List<(long OldSize, int Status)> Requests { get; } = [];

    public static async Task<LocalWitness> StartAsync(
        string name = "witness.test/w1",
        NoteSignatureType type = NoteSignatureType.Ed25519Cosignature,
        byte seed = 50
    )
    {
        var witness = new LocalWitness(name, type, seed);
        witness.server = await LocalServer.StartAsync(witness.AnswerAsync);
        return witness;
    }

    /// <summary>From now on this log is known by these keys.</summary>
    public void Trust(string origin, params VerifierKey[] keys) => logs[origin] = keys;

    /// <summary>As if the witness had been asked by somebody else.</summary>
    public void Remember(Checkpoint checkpoint) => cosigned[checkpoint.Origin] = checkpoint;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var body = await LocalServer.ReadAsync(context.Request);
        var (oldSize, status, mediaType, answer) =
            context.Request.Method != HttpMethods.Post || context.Request.Path != "/witness/add-checkpoint"
                ? (-1, HttpStatusCode.MethodNotAllowed, "text/plain", "")
            : AddCheckpointRequest.TryParse(body, out var request) ? Answer(request)
            : (-1, HttpStatusCode.BadRequest, "text/plain", "not a request\n");
        Requests.Add((oldSize, (int)status));
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = mediaType;
        await context.Response.WriteAsync(answer);
    }

    private (long OldSize, HttpStatusCode Status, string MediaType, string Body) Answer(AddCheckpointRequest request)
    {
        if (!Checkpoint.TryParse(request.Checkpoint.Text, out var checkpoint))
        {
            return Refuse(HttpStatusCode.BadRequest);
        }

        if (!logs.TryGetValue(checkpoint.Origin, out var keys))
        {
            return Refuse(HttpStatusCode.NotFound);
        }

        if (request.Checkpoint.Verify(keys).Verdict != NoteVerdict.Verified)
        {
            return Refuse(HttpStatusCode.Forbidden);
        }

        if (request.OldSize > checkpoint.Size)
        {
            return Refuse(HttpStatusCode.BadRequest);
        }

        lock (access)
        {
            var known = cosigned.GetValueOrDefault(checkpoint.Origin);
            if (request.OldSize != (known?.Size ?? 0))
            {
                return (request.OldSize, HttpStatusCode.Conflict, "text/x.tlog.size", $"{known?.Size ?? 0}\n");
            }

            if (known is not null && known.Size == checkpoint.Size && known.Root != checkpoint.Root)
            {
                return Refuse(HttpStatusCode.Conflict);
            }

            if (!IsConsistent(known, checkpoint, [.. request.Proof]))
            {
                return Refuse(HttpStatusCode.UnprocessableEntity);
            }

            cosigned[checkpoint.Origin] = checkpoint;
        }

        return (
            request.OldSize,
            HttpStatusCode.OK,
            "text/plain",
            signer.Sign(request.Checkpoint.Text, UnixSeconds).ToString()
        );

        (long, HttpStatusCode, string, string) Refuse(HttpStatusCode status) =>
            (request.OldSize, status, "text/plain", $"{status}\n");
    }

    private static bool IsConsistent(Checkpoint? known, Checkpoint checkpoint, MerkleHash[] proof) =>
        known is null or { Size: 0 }
            ? proof.Length == 0
            : MerkleTreeConsistency.Verify(known.Size, checkpoint.Size, known.Root, checkpoint.Root, proof);
}
