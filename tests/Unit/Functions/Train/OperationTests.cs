using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Platform;
using Lace.Records.Training;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Train;

/// <summary>Operations from their acceptance to their result, over HTTP.</summary>
public sealed class OperationTests(TrainAppFixture fixture) : IClassFixture<TrainAppFixture>, IAsyncLifetime
{
    private readonly LaceApp app = fixture.App;
    private TrainTenant tenant = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        tenant = await TrainTenant.CreateAsync(app);
        client = tenant.Client;
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_operation_is_accepted_executed_and_its_result_read()
    {
        var id = await client.NewTrainingAsync();
        var answer = await client.PostAsync($"/v1/training_clients/{id}/forward_backward", Trainings.Batch());
        var future = await answer.JsonAsync(HttpStatusCode.Accepted);
        var futureId = future.GetProperty("future_id").GetString()!;
        Assert.Equal($"fut{id[2..]}-0000000001", futureId);
        Assert.Equal($"/v1/futures/{futureId}", answer.Headers.Location?.ToString());
        Assert.Equal("pending", future.GetProperty("status").GetString());
        Assert.Equal("forward_backward", future.GetProperty("operation").GetString());
        Assert.Equal("try_again", future.GetProperty("type").GetString());
        Assert.Equal("active", future.GetProperty("queue_state").GetString());
        Assert.Equal(1, future.GetProperty("seq_id").GetInt64());

        var early = await client.GetAsync($"/v1/futures/{futureId}/result").JsonAsync(HttpStatusCode.Accepted);
        Assert.Equal("try_again", early.GetProperty("type").GetString());

        JsonNode? seen = null;
        await tenant.Worker.RunAsync(
            id,
            (_, request) =>
            {
                seen = request;
                return JsonNode.Parse("""{"loss":2.5,"tokens_processed":5}""");
            }
        );
        Assert.Equal("[[1,2,3,4],[5,6,7]]", seen!["batch"]!["input_ids"]!.ToJsonString());
        Assert.Null(seen["seq_id"]);

        var done = await client.GetAsync($"/v1/futures/{futureId}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("completed", done.GetProperty("status").GetString());
        Assert.False(done.TryGetProperty("type", out _));
        var result = await client.GetAsync($"/api/v1/futures/{futureId}/result").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(2.5, result.GetProperty("result").GetProperty("loss").GetDouble());
        Assert.False(result.TryGetProperty("error", out _));
    }

    [Fact]
    public async Task A_held_question_is_answered_when_the_operation_ends()
    {
        var id = await client.NewTrainingAsync();
        var future = await client.AcceptedAsync(id, "optim_step", []);
        var held = client.GetAsync($"/v1/futures/{future}?wait=50");
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(held.IsCompleted);
        await tenant.Worker.RunAsync(id);
        var done = await held.WaitAsync(TimeSpan.FromSeconds(30)).JsonAsync(HttpStatusCode.OK);
        Assert.Equal("completed", done.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("61")]
    [InlineData("NaN")]
    [InlineData("soon")]
    public async Task Nobody_is_held_longer_than_a_minute(string wait)
    {
        var id = await client.NewTrainingAsync();
        var future = await client.AcceptedAsync(id, "optim_step", []);
        await client.GetAsync($"/v1/futures/{future}?wait={wait}").TrainProblemAsync(422, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task Operations_are_executed_in_their_order_and_a_gap_is_waited_for()
    {
        var id = await client.NewTrainingAsync();
        var third = await client.AcceptedAsync(id, "optim_step", new JsonObject { ["seq_id"] = 3 });
        var first = await client.AcceptedAsync(id, "optim_step", new JsonObject { ["seq_id"] = 1 });
        var paused = await client.GetAsync($"/v1/futures/{third}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("paused_capacity", paused.GetProperty("queue_state").GetString());
        var ran = new List<long>();
        Func<Operation, JsonNode, object?> note = (operation, _) =>
        {
            ran.Add(operation.Seq);
            return null;
        };
        await tenant.Worker.RunAsync(id, note);
        Assert.Equal([1L], ran);
        await client.AcceptedAsync(id, "forward_backward", Trainings.Batch("seq_id", 2));
        await tenant.Worker.RunAsync(id, note);
        Assert.Equal([1L, 2L, 3L], ran);
        var seen = await client.GetAsync($"/v1/training_clients/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(2, seen.GetProperty("step").GetInt64());
        Assert.Equal(4, seen.GetProperty("next_seq_id").GetInt64());
        Assert.NotEqual(first, third);
    }

    [Fact]
    public async Task The_same_request_again_is_the_same_future_and_another_a_conflict()
    {
        var id = await client.NewTrainingAsync(Trainings.PrivateClient());
        var step = new JsonObject { ["seq_id"] = 1, ["learning_rate"] = 0.5 };
        var first = await client.AcceptedAsync(id, "optim_step", step);
        Assert.Equal(first, await client.AcceptedAsync(id, "optim_step", step));
        await tenant.Worker.RunAsync(id);
        var again = await client
            .PostAsync($"/v1/training_clients/{id}/optim_step", step)
            .JsonAsync(HttpStatusCode.Accepted);
        Assert.Equal("completed", again.GetProperty("status").GetString());
        step["learning_rate"] = 0.25;
        await client.PostAsync($"/v1/training_clients/{id}/optim_step", step).TrainProblemAsync(409, "SEQ_CONFLICT");
        await client
            .PostAsync($"/v1/training_clients/{id}/train_step", new JsonObject { ["seq_id"] = 1 })
            .TrainProblemAsync(409, "SEQ_CONFLICT");
        var metrics = await client.GetAsync($"/v1/training_clients/{id}/dp_metrics").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(1, metrics.GetProperty("steps").GetInt64());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1002)]
    [InlineData(long.MaxValue)]
    public async Task A_place_counts_from_one_and_is_not_far_ahead(long seq)
    {
        var id = await client.NewTrainingAsync();
        await client
            .PostAsync($"/v1/training_clients/{id}/optim_step", new JsonObject { ["seq_id"] = seq })
            .RefusesFieldAsync("seq_id");
    }

    [Fact]
    public async Task What_has_not_begun_can_be_cancelled_and_its_budget_comes_back()
    {
        var id = await client.NewTrainingAsync(Trainings.PrivateClient());
        var future = await client.AcceptedAsync(id, "optim_step", []);
        var metrics = $"/v1/training_clients/{id}/dp_metrics";
        Assert.True(
            (await client.GetAsync(metrics).JsonAsync(HttpStatusCode.OK)).GetProperty("epsilon_reserved").GetDouble()
                > 0
        );
        Assert.True(await CancelAsync(future));
        Assert.Equal(
            0,
            (await client.GetAsync(metrics).JsonAsync(HttpStatusCode.OK)).GetProperty("epsilon_reserved").GetDouble()
        );
        var cancelled = await client.GetAsync($"/v1/futures/{future}/result").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("cancelled", cancelled.GetProperty("status").GetString());
        Assert.False(await CancelAsync(future));

        var done = await client.AcceptedAsync(id, "optim_step", []);
        await tenant.Worker.RunAsync(id);
        Assert.False(await CancelAsync(done));

        async Task<bool> CancelAsync(string which) =>
            (await client.PostJsonAsync($"/v1/futures/{which}/cancel", "").JsonAsync(HttpStatusCode.OK))
                .GetProperty("success")
                .GetBoolean();
    }

    [Fact]
    public async Task A_failed_operation_says_why_and_the_next_one_runs()
    {
        var id = await client.NewTrainingAsync();
        var fails = await client.AcceptedAsync(id, "forward", Trainings.Batch());
        await client.AcceptedAsync(id, "optim_step", []);
        await tenant.Worker.RunAsync(
            id,
            (operation, _) =>
                operation.Kind == OperationKind.Forward
                    ? new OperationError("OUT_OF_MEMORY", "The batch does not fit: send fewer examples.", "user")
                    : null
        );
        var failed = await client.GetAsync($"/v1/futures/{fails}/result").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("failed", failed.GetProperty("status").GetString());
        Assert.Equal("OUT_OF_MEMORY", failed.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("user", failed.GetProperty("error").GetProperty("category").GetString());
        var seen = await client.GetAsync($"/v1/training_clients/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(1, seen.GetProperty("step").GetInt64());
    }

    [Fact]
    public async Task Sampling_answers_with_its_result_where_that_comes_in_time()
    {
        var id = await client.NewTrainingAsync();
        var asked = client.PostAsync(
            $"/v1/training_clients/{id}/sample",
            new JsonObject { ["prompts"] = new JsonArray("Once"), ["seed"] = 7 }
        );
        await RunOnceAcceptedAsync(id, (_, _) => JsonNode.Parse("""{"samples":[],"model_step":0}"""));
        var answer = await asked;
        var result = await answer.JsonAsync(HttpStatusCode.OK);
        Assert.Equal(0, result.GetProperty("model_step").GetInt64());
        Assert.False(result.TryGetProperty("future_id", out _));
        Assert.EndsWith("-0000000001", answer.Headers.Location?.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user", 422)]
    [InlineData("server", 500)]
    public async Task A_failure_that_was_waited_for_is_the_answer(string category, int status)
    {
        var id = await client.NewTrainingAsync();
        var asked = client.PostAsync($"/v1/training_clients/{id}/save_state", new JsonObject { ["name"] = "a" });
        await RunOnceAcceptedAsync(id, (_, _) => new OperationError("WENT_WRONG", "It did.", category));
        await asked.TrainProblemAsync(status, "WENT_WRONG");
    }

    [Fact]
    public async Task A_step_more_than_the_client_was_made_for_is_refused()
    {
        var id = await client.NewTrainingAsync(Trainings.Client("max_steps", 2));
        await client.AcceptedAsync(id, "optim_step", []);
        var second = await client.AcceptedAsync(id, "optim_step", []);
        await client.PostAsync($"/v1/training_clients/{id}/optim_step", []).TrainProblemAsync(409, "MAX_STEPS_REACHED");
        await client.PostJsonAsync($"/v1/futures/{second}/cancel", "").JsonAsync(HttpStatusCode.OK);
        await client.AcceptedAsync(id, "optim_step", []);
    }

    [Fact]
    public async Task Steps_on_a_dataset_need_one()
    {
        var id = await client.NewTrainingAsync();
        await client.PostAsync($"/v1/training_clients/{id}/train_step", []).TrainProblemAsync(422, "VALIDATION_ERROR");
    }

    [Fact]
    public async Task Only_an_artifact_that_is_there_is_loaded()
    {
        var id = await client.NewTrainingAsync();
        foreach (var artifact in (string[])["art-20261129-101112-x7k2p9", "nothing", "../x", ""])
        {
            await client
                .PostAsync($"/v1/training_clients/{id}/load_state", new JsonObject { ["artifact_id"] = artifact })
                .TrainProblemAsync(404, "ARTIFACT_NOT_FOUND");
        }
    }

    [Fact]
    public async Task A_deleted_client_takes_nothing_more_and_its_waiting_operations_end()
    {
        var id = await client.NewTrainingAsync();
        var done = await client.AcceptedAsync(id, "optim_step", []);
        await tenant.Worker.RunAsync(id);
        var waiting = await client.AcceptedAsync(id, "optim_step", []);
        for (var i = 0; i < 2; i++)
        {
            var deleted = await client.DeleteAsync($"/v1/training_clients/{id}").JsonAsync(HttpStatusCode.OK);
            Assert.Equal("terminated", deleted.GetProperty("status").GetString());
        }

        await client
            .PostAsync($"/v1/training_clients/{id}/optim_step", [])
            .TrainProblemAsync(409, "TRAINING_CLIENT_TERMINATED");
        var cancelled = await client.GetAsync($"/v1/futures/{waiting}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("cancelled", cancelled.GetProperty("status").GetString());
        var result = await client.GetAsync($"/v1/futures/{done}/result").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(1, result.GetProperty("result").GetProperty("step").GetInt64());
        var list = await client.GetAsync("/v1/training_clients").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(0, list.GetArrayLength());
    }

    [Theory]
    [InlineData("{\"batch\":{\"input_ids\":[]}}")]
    [InlineData("{\"data\":[]}")]
    public async Task An_empty_batch_of_a_private_training_is_one_request_however_it_is_written(string body)
    {
        var id = await client.NewTrainingAsync(Trainings.PrivateClient());
        await client
            .PostJsonAsync($"/v1/training_clients/{id}/forward_backward", body)
            .JsonAsync(HttpStatusCode.Accepted);
        JsonNode? seen = null;
        await tenant.Worker.RunAsync(
            id,
            (_, request) =>
            {
                seen = request;
                return null;
            }
        );
        Assert.Equal("""{"data":[],"loss_fn":"cross_entropy"}""", seen!.ToJsonString());
    }

    [Fact]
    public async Task A_result_that_does_not_open_any_more_is_gone()
    {
        var id = await client.NewTrainingAsync();
        var future = await client.AcceptedAsync(id, "optim_step", []);
        await tenant.Worker.RunAsync(id);
        await app.Services.GetRequiredService<IKeyService>().DestroyAsync(tenant.Id);
        await client.GetAsync($"/v1/futures/{future}/result").TrainProblemAsync(410, "RESULT_GONE");
    }

    [Theory]
    [InlineData("forward_backward", "{\"batch\":{\"input_ids\":[[1,2,-3]]}}")]
    [InlineData("forward_backward", "{\"batch\":{\"input_ids\":[[1,2,1e3]]}}")]
    [InlineData("forward_backward", "{\"batch\":{\"input_ids\":[[1,2,128]]}}")]
    [InlineData("forward_backward", "{\"batch\":{\"input_ids\":[[1,2,99999999999]]}}")]
    [InlineData("forward_backward", "{\"batch\":{\"input_ids\":[[1,\"2\"]]}}")]
    [InlineData("forward_backward", "{\"batch\":{\"input_ids\":{\"0\":[1]}}}")]
    [InlineData("forward_backward", "{\"batch\":{\"input_ids\":[[1,2]],\"position_ids\":[[0,1]]}}")]
    [InlineData("forward_backward", "{\"batch\":{\"input_ids\":[[1,2")]
    [InlineData("forward_backward", "{}")]
    [InlineData("forward", "{\"batch\":null}")]
    [InlineData("optim_step", "{\"seq_id\":1.5}")]
    [InlineData("optim_step", "{\"learning_rate\":\"1\"}")]
    [InlineData("optim_step", "[]")]
    [InlineData("sample", "{\"prompts\":\"Once\"}")]
    [InlineData("sample", "{\"prompts\":[\"\\ud800\"]}")]
    [InlineData("save_state", "{\"metadata\":[1]}")]
    [InlineData("load_state", "{}")]
    public async Task Refuses_a_malformed_request_and_leaves_no_trace(string verb, string body)
    {
        var id = await client.NewTrainingAsync();
        await client
            .PostJsonAsync($"/v1/training_clients/{id}/{verb}", body)
            .TrainProblemAsync(422, "VALIDATION_ERROR");
        var seen = await client.GetAsync($"/v1/training_clients/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(0, seen.GetProperty("pending").GetInt32());
        Assert.Equal(1, seen.GetProperty("next_seq_id").GetInt64());
    }

    [Fact]
    public async Task Refuses_a_batch_over_the_limit_of_a_body()
    {
        var id = await client.NewTrainingAsync();
        client.DefaultRequestHeaders.ExpectContinue = true;
        await client
            .PostJsonAsync($"/v1/training_clients/{id}/forward", new string(' ', (16 << 20) + 1))
            .TrainProblemAsync(413, "BODY_TOO_LARGE");
        await client
            .PostJsonAsync($"/v1/training_clients/{id}/optim_step", new string(' ', (1 << 20) + 1))
            .TrainProblemAsync(413, "BODY_TOO_LARGE");
    }

    [Fact]
    public async Task An_idempotency_key_makes_one_training_client_of_two_requests()
    {
        var body = Trainings.Client().ToJsonString();
        var first = await client.PostJsonAsync("/v1/training_clients", body, "once").JsonAsync(HttpStatusCode.Created);
        var second = await client.PostJsonAsync("/v1/training_clients", body, "once").JsonAsync(HttpStatusCode.Created);
        Assert.Equal(first.GetRawText(), second.GetRawText());
        await client
            .PostJsonAsync("/v1/training_clients", Trainings.Client("batch_size", 5).ToJsonString(), "once")
            .TrainProblemAsync(422, "IDEMPOTENCY_KEY_REUSED");
    }

    private Task RunOnceAcceptedAsync(string id, Func<Operation, JsonNode, object?> answer) =>
        Until.HoldsAsync(async () => await tenant.Worker.RunAsync(id, answer) > 0, "the operation, accepted");
}
