using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Evidence.Audit;
using Lace.Evidence.Certificates;
using Lace.Functions.Access;
using Lace.Privacy;
using Lace.Tests.Functions;
using Lace.Tests.Functions.Train;

namespace Lace.SystemTests.Train;

/// <summary>The training API on its real host, with real workers that train a tiny model: what its client sees from begin to end.</summary>
public sealed class TrainingApiTests : IAsyncLifetime
{
    private const double Delta = 1e-3;
    private const double Rate = 0.2;

    private TinyModelHost host = null!;
    private HttpClient client = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        host = await TinyModelHost.StartAsync();
        client = host.App.Client((await host.App.NewKeyAsync(Scope.Train, Scope.Audit)).Key.Reveal());
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task A_private_training_from_its_first_step_to_the_end_of_its_budget()
    {
        var id = await client.NewTrainingAsync(Request(Private(steps: 6)));

        // Sent at once, waited for later.
        var trained = await client.AcceptedAsync(id, "train_step", new JsonObject { ["steps"] = 3 });
        var batch = await client.AcceptedAsync(id, "forward_backward", Rows());
        var step = await client.AcceptedAsync(id, "optim_step", new JsonObject { ["learning_rate"] = 0.01 });
        var first = await ResultAsync(trained);
        Assert.Equal(3, first.GetProperty("step").GetInt64());
        Assert.Equal(3, first.GetProperty("losses").GetArrayLength());
        Assert.True(first.GetProperty("dp_metrics").GetProperty("noise_applied").GetBoolean());
        Assert.True((await ResultAsync(batch)).GetProperty("loss").GetDouble() > 0);
        Assert.Equal(4, (await ResultAsync(step)).GetProperty("step").GetInt64());

        var sampled = await NowAsync(
            id,
            "sample",
            """{"prompts":["record"],"max_tokens":5,"num_samples":2,"seed":7}"""
        );
        Assert.Equal(2, sampled.GetProperty("samples").GetArrayLength());
        Assert.Equal(4, sampled.GetProperty("model_step").GetInt64());
        var again = await NowAsync(id, "sample", """{"prompts":["record"],"max_tokens":5,"num_samples":2,"seed":7}""");
        Assert.Equal(sampled.GetProperty("samples").GetRawText(), again.GetProperty("samples").GetRawText());

        var saved = await NowAsync(id, "save_state", """{"name":"halfway"}""");
        await IsSealedSignedAndCertifiedAsync(saved);

        // Four of six steps are spent: three more are too many, two are not.
        await client
            .PostAsync($"/v1/training_clients/{id}/train_step", new JsonObject { ["steps"] = 3 })
            .TrainProblemAsync(400, "DP_BUDGET_EXCEEDED");
        await ResultAsync(await client.AcceptedAsync(id, "train_step", new JsonObject { ["steps"] = 2 }));
        await client
            .PostAsync($"/v1/training_clients/{id}/optim_step", [])
            .TrainProblemAsync(400, "DP_BUDGET_EXCEEDED");
        var metrics = await client.GetAsync($"/v1/training_clients/{id}/dp_metrics").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(6, metrics.GetProperty("steps").GetInt64());
        Assert.Equal("mixed", metrics.GetProperty("sampling").GetString());
        Assert.InRange(metrics.GetProperty("epsilon_remaining").GetDouble(), 0, 1e-6);

        // Back to what was saved: the weights go back, what was spent does not.
        var artifact = saved.GetProperty("artifact_id").GetString();
        var loaded = await NowAsync(id, "load_state", $$"""{"artifact_id":"{{artifact}}"}""");
        Assert.Equal(4, loaded.GetProperty("step").GetInt64());
        await client
            .PostAsync($"/v1/training_clients/{id}/optim_step", [])
            .TrainProblemAsync(400, "DP_BUDGET_EXCEEDED");
        await TheAuditChainIsWholeAsync();
    }

    [Fact]
    public async Task A_worker_that_is_killed_is_replaced_and_its_operation_done_once()
    {
        var id = await client.NewTrainingAsync(Request(Private(steps: 400)));
        await ResultAsync(await client.AcceptedAsync(id, "train_step", new JsonObject { ["steps"] = 1 }));
        var future = await client.AcceptedAsync(id, "train_step", new JsonObject { ["steps"] = 300 });
        while (StatusOf(await client.GetAsync($"/v1/futures/{future}").JsonAsync(HttpStatusCode.OK)) == "pending")
        {
            await Task.Delay(5, Cancel);
        }

        Assert.True(await TinyModelHost.KillWorkersAsync(id) > 0);
        var result = await ResultAsync(future);
        Assert.Equal(301, result.GetProperty("step").GetInt64());
        var metrics = await client.GetAsync($"/v1/training_clients/{id}/dp_metrics").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(301, metrics.GetProperty("steps").GetInt64());
        Assert.Equal("enforced", metrics.GetProperty("sampling").GetString());
    }

    [Fact]
    public async Task Training_lowers_the_loss_without_privacy_and_a_second_client_goes_on_from_it()
    {
        var id = await client.NewTrainingAsync(Request(null));
        var steps = await ResultAsync(await client.AcceptedAsync(id, "train_step", new JsonObject { ["steps"] = 60 }));
        double[] losses = [.. steps.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];
        Assert.True(losses[^10..].Average() < losses[..10].Average() - 0.1, string.Join(' ', losses));
        var after = await LossAsync(id);

        var artifact = (await NowAsync(id, "save_state", "{}")).GetProperty("artifact_id").GetString();
        await client.GetAsync($"/v1/artifacts/{artifact}/certificate").TrainProblemAsync(404, "CERTIFICATE_NOT_FOUND");
        var second = await client.NewTrainingAsync(Request(null));
        await NowAsync(second, "load_state", $$"""{"artifact_id":"{{artifact}}"}""");
        Assert.Equal(after, await LossAsync(second));

        async Task<double> LossAsync(string which) =>
            (await ResultAsync(await client.AcceptedAsync(which, "forward", Rows()))).GetProperty("loss").GetDouble();
    }

    private static JsonObject Request(JsonObject? privacy)
    {
        var request = JsonNode
            .Parse(
                $$"""
                {
                  "model_ref": "{{TinyModelHost.Model}}", "batch_size": 8, "max_seq_length": 32, "seed": 3,
                  "dataset": {"path": "lines.jsonl", "field": "text"},
                  "optimizer": {"name": "adamw", "learning_rate": 0.01}
                }
                """
            )!
            .AsObject();
        if (privacy is not null)
        {
            request["dp_config"] = privacy;
            request["lora_config"] = JsonNode.Parse(
                """{"rank":2,"alpha":4,"dropout":0.0,"target_modules":["q_proj","v_proj"]}"""
            );
        }

        return request;
    }

    /// <summary>A budget for exactly so many steps.</summary>
    private static JsonObject Private(int steps) =>
        new()
        {
            ["noise_multiplier"] = 1.0,
            ["target_delta"] = Delta,
            ["target_epsilon"] =
                Accountant.Rdp.Epsilon(PrivacyHistory.Of(new SampledGaussian(Rate, 1), steps), Delta) + 1e-9,
        };

    private static JsonObject Rows() =>
        JsonNode
            .Parse("""{"batch":{"input_ids":[[40,41,42,43],[50,51,52]],"labels":[[40,41,42,43],[-100,51,52]]}}""")!
            .AsObject();

    private async Task IsSealedSignedAndCertifiedAsync(JsonElement saved)
    {
        var id = saved.GetProperty("artifact_id").GetString();
        var content = await client.GetByteArrayAsync($"/v1/artifacts/{id}/content", Cancel);
        Assert.Equal(
            saved.GetProperty("content_hash").GetString(),
            "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content))
        );
        HttpResponseMessage answer;
        do
        {
            answer = await client.GetAsync($"/v1/artifacts/{id}/certificate", Cancel);
        } while (answer.StatusCode == HttpStatusCode.ServiceUnavailable);

        var file = CertificateFile.Parse(await answer.Content.ReadAsByteArrayAsync(Cancel), out var reason);
        Assert.True(file is not null, reason);
        Assert.NotNull(file.Read());
    }

    private async Task TheAuditChainIsWholeAsync()
    {
        var lines = await client.GetByteArrayAsync("/v1/audit_logs?format=jsonl", Cancel);
        using var file = new MemoryStream(lines);
        var verified = AuditChainVerifier.Verify(file, cancellationToken: Cancel);
        Assert.Equal(AuditFault.None, verified.Fault);
        Assert.True(verified.Entries > 15);
    }

    /// <summary>The result of an operation that answers with it.</summary>
    private async Task<JsonElement> NowAsync(string id, string verb, string body)
    {
        var answer = await client.PostJsonAsync($"/v1/training_clients/{id}/{verb}", body);
        if (answer.StatusCode == HttpStatusCode.OK)
        {
            return await answer.JsonAsync(HttpStatusCode.OK);
        }

        var future = await answer.JsonAsync(HttpStatusCode.Accepted); // a loaded machine: thirty seconds were not enough
        return await ResultAsync(future.GetProperty("future_id").GetString()!);
    }

    private async Task<JsonElement> ResultAsync(string future)
    {
        while (true)
        {
            var answer = await client.GetAsync($"/v1/futures/{future}/result?wait=30", Cancel);
            if (answer.StatusCode != HttpStatusCode.Accepted)
            {
                var ended = await answer.JsonAsync(HttpStatusCode.OK);
                Assert.True(StatusOf(ended) == "completed", ended.GetRawText());
                return ended.GetProperty("result");
            }
        }
    }

    private static string? StatusOf(JsonElement future) => future.GetProperty("status").GetString();
}
