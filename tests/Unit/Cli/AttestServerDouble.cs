using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Cli;

/// <summary>
/// A stand-in for the attest function that speaks protocol §3 and §4 over real HTTP, remembers every byte it was sent, and fails on
/// demand. The function itself is tested elsewhere.
/// </summary>
internal sealed class AttestServerDouble : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Dictionary<string, string> idsByKey = [];
    private readonly Dictionary<string, SortedDictionary<int, ParsedChunk>> attestations = [];
    private readonly Dictionary<string, SortedDictionary<int, byte[]>> filters = [];
    private readonly Dictionary<string, SortedDictionary<int, byte[]>> bands = [];
    private readonly HashSet<string> complete = [];
    private readonly Lock access = new();

    public AttestServerDouble()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            BaseUrl = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        listener.Prefixes.Add(BaseUrl + "/");
        listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public string BaseUrl { get; }

    /// <summary>Method and path of every request, in order of arrival.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Request lines, headers and bodies as they came.</summary>
    public MemoryStream Received { get; } = new();

    /// <summary>Answers a request with this status instead, after it took effect if <see cref="FailsAfterwards"/>; 0 drops the connection.</summary>
    public Func<string, int?> Fault { get; set; } = _ => null;

    public bool FailsAfterwards { get; set; }

    public IReadOnlyCollection<string> Attestations => attestations.Keys;

    public IReadOnlyCollection<string> Completed => complete;

    /// <summary>The blocks of the filter of an attestation, as its parts had them.</summary>
    public byte[] Filter(string id) => [.. filters[id].Values.SelectMany(part => part)];

    /// <summary>The same of the filter for near-duplicates.</summary>
    public byte[] Bands(string id) => [.. bands[id].Values.SelectMany(part => part)];

    public int Count(string start) => Requests.Count(request => request.StartsWith(start, StringComparison.Ordinal));

    public void Dispose() => listener.Close();

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                _ = Task.Run(() => Answer(context));
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var request = context.Request;
        var body = new MemoryStream();
        request.InputStream.CopyTo(body);
        var name = $"{request.HttpMethod} {request.Url!.AbsolutePath}";
        int status;
        JsonNode answer;
        lock (access)
        {
            Requests.Add(name);
            Received.Write(Encoding.UTF8.GetBytes($"{name}?{request.Url.Query}\n{request.Headers}\n"));
            body.WriteTo(Received);
            var fault = Fault(name);
            (status, answer) =
                fault is null || FailsAfterwards ? Handle(request, body.ToArray()) : (0, new JsonObject());
            if (fault is { } failure)
            {
                (status, answer) = (failure, new JsonObject { ["code"] = "made_up", ["detail"] = "made to fail" });
            }
        }

        if (status == 0)
        {
            // Less than was promised, then the end of the connection.
            context.Response.ContentLength64 = 1000;
            context.Response.OutputStream.Write("{"u8);
            context.Response.Abort();
            return;
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = status < 400 ? "application/json" : "application/problem+json";
        context.Response.Close(Encoding.UTF8.GetBytes(answer.ToJsonString()), willBlock: true);
    }

    private (int, JsonNode) Handle(HttpListenerRequest request, byte[] body)
    {
        if (request.Headers["Authorization"] != "Bearer lace_prod_sk_right")
        {
            return (401, Problem("unauthorized"));
        }

        var path = request.Url!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (request.HttpMethod, path) switch
        {
            ("POST", ["v1", "attestations"]) => Create(request.Headers["Idempotency-Key"]!, JsonNode.Parse(body)!),
            ("GET", ["v1", "attestations", var id]) when attestations.ContainsKey(id) => (200, State(id)),
            ("PUT", ["v1", "attestations", var id, "chunks", var n]) => Put(request, id, int.Parse(n), body),
            ("PUT", ["v1", "attestations", var id, "filter", var n]) => PutFilter(
                filters[id],
                FilterPart.Read(body, id, int.Parse(n)),
                int.Parse(n)
            ),
            ("PUT", ["v1", "attestations", var id, "bands", var n]) => PutFilter(
                bands[id],
                FilterPart.Read(body, id, int.Parse(n), FilterContent.Bands),
                int.Parse(n)
            ),
            ("POST", ["v1", "attestations", var id, "complete"]) => Complete(id, JsonNode.Parse(body)!),
            _ => (404, Problem("not_found")),
        };
    }

    private (int, JsonNode) Create(string key, JsonNode body)
    {
        if (!idsByKey.TryGetValue(key, out var id))
        {
            id = $"lace-20261120-134501-{attestations.Count:x6}";
            idsByKey[key] = id;
            attestations[id] = [];
            filters[id] = [];
            bands[id] = [];
        }

        var created = new JsonObject
        {
            ["id"] = id,
            ["status"] = "uploading",
            ["chunk_records"] = 16384,
        };
        if (body["fingerprints"] is not null)
        {
            created["fingerprints"] = new JsonObject
            {
                ["salt"] = $"{attestations.Count:x32}",
                ["part_blocks"] = 16384,
                ["near_duplicates"] = (bool?)body["fingerprints"]!["near_duplicates"] == true,
            };
        }

        return (201, created);
    }

    private JsonObject State(string id) =>
        complete.Contains(id)
            ? new JsonObject { ["id"] = id, ["status"] = "complete" }
            : new JsonObject
            {
                ["id"] = id,
                ["status"] = "uploading",
                ["chunks"] = new JsonArray([.. attestations[id].Keys.Select(n => (JsonNode)new JsonArray(n, n))]),
                ["filter_parts"] = new JsonArray([.. filters[id].Keys.Select(n => (JsonNode)new JsonArray(n, n))]),
                ["band_filter_parts"] = new JsonArray([.. bands[id].Keys.Select(n => (JsonNode)new JsonArray(n, n))]),
            };

    private (int, JsonNode) Put(HttpListenerRequest request, string id, int number, byte[] body)
    {
        var digest = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(body))}:";
        if (request.Headers["Content-Digest"] != digest || request.ContentType != "application/octet-stream")
        {
            return (400, Problem("bad_digest"));
        }

        if (!DatasetChunk.TryParse(body, id, number, out var chunk, out var error))
        {
            return (400, Problem(error.ToString()));
        }

        if (attestations[id].TryGetValue(number, out var known) && known.Root != chunk.Root)
        {
            return (409, Problem("chunk_conflict"));
        }

        attestations[id][number] = chunk;
        return (201, new JsonObject());
    }

    private static (int, JsonNode) PutFilter(
        SortedDictionary<int, byte[]> parts,
        ReadOnlyMemory<byte>? body,
        int number
    )
    {
        if (body is not { } blocks)
        {
            return (400, Problem("filter_part_malformed"));
        }

        if (!parts.TryAdd(number, blocks.ToArray()) && !blocks.Span.SequenceEqual(parts[number]))
        {
            return (409, Problem("filter_part_conflict"));
        }

        return (201, new JsonObject());
    }

    private (int, JsonNode) Complete(string id, JsonNode body)
    {
        var chunks = attestations[id].Values;
        var isRight =
            chunks.Count == (int)body["chunks"]!
            && DatasetRoot.FromChunkRoots([.. chunks.Select(chunk => chunk.Root)]).ToString() == (string)body["root"]!
            && chunks.Sum(chunk => (long)chunk.Count) == (long)body["records"]!
            && chunks.Sum(chunk => chunk.Totals[0]) == (long)body["statistics"]!["trained_bytes"]!;
        isRight &=
            body["fingerprints"] is not { } filter
            || BlockTree.Head(0, Filter(id)).ToString() == (string)filter["root"]!;
        isRight &=
            body["fingerprints"]?["near_duplicates"] is not { } near
            || BlockTree.Head(0, Bands(id)).ToString() == (string)near["root"]!;
        if (!isRight)
        {
            return (422, Problem("root_mismatch"));
        }

        complete.Add(id);
        return (200, State(id));
    }

    private static JsonObject Problem(string code) =>
        new()
        {
            ["code"] = code,
            ["title"] = code,
            ["detail"] = "refused: " + code,
        };
}
