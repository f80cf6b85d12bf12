using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Tests.Evidence.Transparency.Notes;
using Microsoft.AspNetCore.Http;

namespace Lace.Tests.Functions.TransparencyLog.Anchors;

/// <summary>
/// A stand-in for somebody's Rekor v2: POST /api/v2/log/entries with hashedRekordRequestV002 as sigstore/rekor-tiles answers it. It
/// checks the signature, keeps its tree in memory, refuses the same body twice and signs a checkpoint for every entry.
/// </summary>
internal sealed class LocalRekor : IAsyncDisposable
{
    private readonly NoteSigner signer = new("rekor.test", NoteSignatureType.Ed25519, 80);
    private readonly List<string> bodies = [];
    private LocalServer server = null!;

    /// <summary>What a verifier knows of this log.</summary>
    public TrustedRoot Trust => new([TrustedLog.Of(signer.Key, new ManualClock().GetUtcNow())]);

    public Uri Url => server.Url;

    public int Count => bodies.Count;

    /// <summary>The shard is closed, or too busy.</summary>
    public int? Refusal { get; set; }

    /// <summary>Changes an answer before it is sent.</summary>
    public Action<JsonObject> Tamper { get; set; } = _ => { };

    public static async Task<LocalRekor> StartAsync()
    {
        var rekor = new LocalRekor();
        rekor.bodies.AddRange(Enumerable.Range(0, 5).Select(i => $"entry {i}"));
        rekor.server = await LocalServer.StartAsync(rekor.AnswerAsync);
        return rekor;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = await LocalServer.ReadAsync(context.Request);
        if (context.Request.Method != HttpMethods.Post || context.Request.Path != "/api/v2/log/entries")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (Refusal is { } status)
        {
            context.Response.StatusCode = status;
        }
        else if (BodyOf(JsonNode.Parse(request)!) is not { } body)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        else if (bodies.IndexOf(body) is >= 0 and var index)
        {
            context.Response.StatusCode = StatusCodes.Status409Conflict;
            context.Response.Headers["x-log-index"] = index.ToString(CultureInfo.InvariantCulture);
        }
        else
        {
            bodies.Add(body);
            var entry = Entry(bodies.Count - 1);
            Tamper(entry);
            context.Response.StatusCode = StatusCodes.Status201Created;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(entry.ToJsonString());
        }
    }

    /// <summary>The canonical body of a valid request; null for any other.</summary>
    private static string? BodyOf(JsonNode request)
    {
        var spec = request["hashedRekordRequestV002"]!;
        var digest = spec["digest"]!.GetValue<string>();
        var signature = spec["signature"]!.AsObject();
        var verifier = signature["verifier"]!;
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(
            Convert.FromBase64String(verifier["publicKey"]!["rawBytes"]!.GetValue<string>()),
            out _
        );
        var isValid = key.VerifyHash(
            Convert.FromBase64String(digest),
            Convert.FromBase64String(signature["content"]!.GetValue<string>()),
            DSASignatureFormat.Rfc3279DerSequence
        );
        if (!isValid || verifier["keyDetails"]!.GetValue<string>() != "PKIX_ECDSA_P256_SHA_256")
        {
            return null;
        }

        var body = new JsonObject
        {
            ["kind"] = "hashedrekord",
            ["apiVersion"] = "0.0.2",
            ["spec"] = new JsonObject
            {
                ["hashedRekordV002"] = new JsonObject
                {
                    ["signature"] = signature.DeepClone(),
                    ["data"] = new JsonObject { ["digest"] = digest, ["algorithm"] = "SHA2_256" },
                },
            },
        };
        return Encoding.UTF8.GetString(CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(body)));
    }

    private JsonObject Entry(int index)
    {
        var leaves = bodies.Select(body => MerkleTree.HashLeaf(Encoding.UTF8.GetBytes(body))).ToArray();
        var text = new Checkpoint("rekor.test", leaves.Length, MerkleTree.Head(leaves)).Text;
        return new JsonObject
        {
            ["logIndex"] = $"{index}",
            ["logId"] = new JsonObject { ["keyId"] = Convert.ToBase64String(signer.Key.Digest.Span) },
            ["kindVersion"] = new JsonObject { ["kind"] = "hashedrekord", ["version"] = "0.0.2" },
            ["integratedTime"] = "0",
            ["inclusionProof"] = new JsonObject
            {
                ["logIndex"] = $"{index}",
                ["rootHash"] = Convert.ToBase64String(MerkleTree.Head(leaves).ToArray()),
                ["treeSize"] = $"{leaves.Length}",
                ["hashes"] = new JsonArray([
                    .. MerkleTree
                        .InclusionProof(leaves, index)
                        .Select(hash => (JsonNode)Convert.ToBase64String(hash.ToArray())),
                ]),
                ["checkpoint"] = new JsonObject { ["envelope"] = new SignedNote(text, [signer.Sign(text)]).ToString() },
            },
            ["canonicalizedBody"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(bodies[index])),
        };
    }
}
