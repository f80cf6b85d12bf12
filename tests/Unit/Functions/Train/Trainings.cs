using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.Tests.Functions.Train;

/// <summary>Requests of the training routes, and a model that the API can name. Nobody trains here.</summary>
internal static class Trainings
{
    public const string Model = "test/tiny";
    public const int Vocabulary = 128;
    public const int Positions = 64;

    /// <summary>The part of a model that the API reads.</summary>
    public static void AddModel(this LaceApp app, string name = Model)
    {
        var folder = Path.Combine(app.Folder, "models", name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            $$"""{"model_type":"gpt2","vocab_size":{{Vocabulary}},"n_positions":{{Positions}}}"""
        );
    }

    /// <summary>A configuration with LoRA, changed at one place where a dotted path is given.</summary>
    public static JsonObject Client(string? path = null, JsonNode? value = null)
    {
        var request = JsonNode
            .Parse(
                $$"""
                {
                  "model_ref": "{{Model}}",
                  "lora_config": {"rank": 4, "alpha": 8, "dropout": 0.0, "target_modules": ["q_proj"], "bias": "none"},
                  "optimizer": {"name": "adamw", "learning_rate": 0.001, "weight_decay": 0.01, "betas": [0.9, 0.999], "eps": 1e-8},
                  "batch_size": 4,
                  "gradient_accumulation_steps": 1,
                  "max_seq_length": 32,
                  "metadata": {"purpose": "a test"}
                }
                """
            )!
            .AsObject();
        return path is null ? request : request.With(path, value);
    }

    /// <summary>The same with differential privacy.</summary>
    public static JsonObject PrivateClient(string? path = null, JsonNode? value = null)
    {
        var request = Client()
            .With(
                "dp_config",
                JsonNode.Parse(
                    """{"enabled": true, "noise_multiplier": 1.0, "max_grad_norm": 1.0, "target_epsilon": 8.0, "target_delta": 1e-5, "accountant_type": "rdp", "dataset_size": 1000}"""
                )
            );
        return path is null ? request : request.With(path, value);
    }

    public static JsonObject Batch(string? path = null, JsonNode? value = null)
    {
        var request = JsonNode
            .Parse(
                """{"batch": {"input_ids": [[1, 2, 3, 4], [5, 6, 7]], "attention_mask": [[1, 1, 1, 1], [1, 1, 0]], "labels": [[1, 2, -100, 4], [5, 6, -100]]}}"""
            )!
            .AsObject();
        return path is null ? request : request.With(path, value);
    }

    /// <summary>Replaces the member at a path of names; a missing object on the way is made.</summary>
    public static JsonObject With(this JsonObject request, string path, JsonNode? value)
    {
        var names = path.Split('.');
        var at = request;
        foreach (var name in names[..^1])
        {
            at[name] ??= new JsonObject();
            at = at[name]!.AsObject();
        }

        at[names[^1]] = value?.DeepClone();
        return request;
    }

    public static Task<HttpResponseMessage> PostAsync(this HttpClient client, string path, JsonObject body) =>
        client.PostJsonAsync(path, body.ToJsonString());

    public static async Task<string> NewTrainingAsync(this HttpClient client, JsonObject? request = null)
    {
        var created = await client
            .PostAsync("/v1/training_clients", request ?? Client())
            .JsonAsync(HttpStatusCode.Created);
        return created.GetProperty("training_client_id").GetString()!;
    }

    /// <summary>The future of an operation that must be accepted.</summary>
    public static async Task<string> AcceptedAsync(this HttpClient client, string id, string verb, JsonObject body)
    {
        var future = await client
            .PostAsync($"/v1/training_clients/{id}/{verb}", body)
            .JsonAsync(HttpStatusCode.Accepted);
        return future.GetProperty("future_id").GetString()!;
    }

    /// <summary>Problem details as these routes have them: the code is in the <c>error</c> member too.</summary>
    public static async Task<JsonElement> TrainProblemAsync(
        this Task<HttpResponseMessage> answer,
        int status,
        string code
    )
    {
        var problem = await answer.ProblemAsync(status, code);
        var error = problem.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(problem.GetProperty("detail").GetString(), error.GetProperty("message").GetString());
        Assert.Equal(problem.GetProperty("trace_id").GetString(), error.GetProperty("request_id").GetString());
        Assert.Equal(JsonValueKind.Object, error.GetProperty("details").ValueKind);
        return problem;
    }

    public static async Task RefusesFieldAsync(this Task<HttpResponseMessage> answer, string field)
    {
        var problem = await answer.TrainProblemAsync(422, "VALIDATION_ERROR");
        Assert.Equal(field, problem.GetProperty("error").GetProperty("details").GetProperty("field").GetString());
    }
}
