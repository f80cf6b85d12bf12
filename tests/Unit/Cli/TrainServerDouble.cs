using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Lace.Tests.Cli;

/// <summary>
/// A stand-in for the training function over real HTTP: it keeps the order and the budget, and makes its losses up. The function
/// itself is tested elsewhere.
/// </summary>
internal sealed class TrainServerDouble : IDisposable
{
    private const double EpsilonAStep = 0.5;

    private readonly HttpListener listener = new();
    private readonly Lock access = new();
    private JsonObject config = [];
    private long steps;
    private long nextSeqId = 1;

    public TrainServerDouble()
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

    /// <summary>Method, path and body of every request.</summary>
    public List<string> Requests { get; } = [];

    public JsonObject Created => config;

    /// <summary>Steps that were accepted.</summary>
    public long Steps => steps;

    /// <summary>From this step on the operation fails in the worker.</summary>
    public long FailsFrom { get; set; } = long.MaxValue;

    public void Dispose() => listener.Close();

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var body = await reader.ReadToEndAsync();
                var (status, answer) = Answer(context.Request, body);
                context.Response.StatusCode = status;
                context.Response.Close(Encoding.UTF8.GetBytes(answer.ToJsonString()), willBlock: true);
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private (int, JsonNode) Answer(HttpListenerRequest request, string body)
    {
        var path = request.Url!.AbsolutePath;
        lock (access)
        {
            Requests.Add($"{request.HttpMethod} {path} {body}");
            var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            return (request.HttpMethod, parts) switch
            {
                ("GET", ["v1", "attestations", _]) => (200, new JsonObject { ["records"] = 1000 }),
                ("POST", ["v1", "runs"]) => (201, new JsonObject { ["run_id"] = "run-1" }),
                ("POST", ["v1", "training_clients"]) => Create(body),
                ("GET", ["v1", "training_clients", "tc-1"]) => (200, Client()),
                ("GET", ["v1", "training_clients", "tc-1", "dp_metrics"]) => (200, Privacy()),
                ("POST", ["v1", "training_clients", "tc-1", var operation]) => Accept(operation, JsonNode.Parse(body)!),
                ("GET", ["v1", "futures", var id, ..]) => (200, Future(long.Parse(id))),
                ("GET", ["v1", "artifacts", "art-1", "certificate"]) => (200, new JsonObject { ["a"] = "certificate" }),
                ("GET", ["v1", "artifacts", "art-1", "content"]) => (200, new JsonObject { ["the"] = "content" }),
                _ => (404, Problem("TRAINING_CLIENT_NOT_FOUND")),
            };
        }
    }

    private (int, JsonNode) Create(string body)
    {
        config = (JsonObject)JsonNode.Parse(body)!;
        return (201, Client());
    }

    private (int, JsonNode) Accept(string operation, JsonNode body)
    {
        if (body["seq_id"]!.GetValue<long>() != nextSeqId)
        {
            return (409, Problem("SEQ_CONFLICT"));
        }

        var asked = operation == "train_step" ? body["steps"]!.GetValue<long>() : 0;
        if (config["dp_config"] is { } dp && (steps + asked) * EpsilonAStep > dp["target_epsilon"]!.GetValue<double>())
        {
            return (400, Problem("DP_BUDGET_EXCEEDED"));
        }

        nextSeqId++;
        steps += asked;
        return operation switch
        {
            "save_state" => (200, new JsonObject { ["artifact_id"] = "art-1", ["size_bytes"] = 7 }),
            "sample" => (
                200,
                new JsonObject
                {
                    ["samples"] = new JsonArray(
                        new JsonObject
                        {
                            ["prompt"] = body["prompts"]![0]!.DeepClone(),
                            ["completion"] = " was\e[2J light",
                        }
                    ),
                }
            ),
            _ => (202, Future(steps)),
        };
    }

    private JsonObject Future(long step) =>
        new()
        {
            ["future_id"] = step.ToString(),
            ["status"] = step >= FailsFrom ? "failed" : "completed",
            ["operation"] = "train_step",
            ["result"] =
                step >= FailsFrom
                    ? null
                    : new JsonObject
                    {
                        ["step"] = step,
                        ["loss"] = 2.5,
                        ["tokens_processed"] = 100,
                    },
            ["error"] = new JsonObject { ["code"] = "WORKER_LOST", ["message"] = "the worker was lost" },
        };

    private JsonObject Client() =>
        new()
        {
            ["training_client_id"] = "tc-1",
            ["model_ref"] = config["model_ref"]?.DeepClone(),
            ["status"] = "ready",
            ["step"] = steps,
            ["next_seq_id"] = nextSeqId,
            ["pending"] = 0,
            ["config"] = config.DeepClone(),
            ["dp_metrics"] = config["dp_config"] is null ? null : Privacy(),
        };

    private JsonObject Privacy() =>
        new()
        {
            ["epsilon_spent"] = steps * EpsilonAStep,
            ["target_epsilon"] = config["dp_config"]!["target_epsilon"]!.DeepClone(),
            ["delta"] = 1e-5,
            ["steps"] = steps,
            ["privacy_level"] = "moderate",
            ["accountants"] = new JsonObject { ["rdp"] = steps * EpsilonAStep, ["pld"] = steps * EpsilonAStep * 0.9 },
        };

    private static JsonObject Problem(string code) => new() { ["code"] = code, ["detail"] = "refused" };
}
