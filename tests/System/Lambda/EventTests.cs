using System.Text.Json;
using Lace.Emulator;

namespace Lace.SystemTests.Lambda;

/// <summary>The published program, given the events of <c>tests/events</c> by the emulator.</summary>
public sealed class EventTests(LambdaWorld world) : IClassFixture<LambdaWorld>
{
    [Theory]
    [InlineData("attest", "http-attest", 201)]
    [InlineData("attest", "http-binary", 404)]
    [InlineData("verify", "http-cookies", 200)]
    [InlineData("verify", "http-stage-prefix", 200)]
    [InlineData("verify", "http-unicode-path", 404)]
    [InlineData("attest", "http-cookies", 200)]
    [InlineData("report", "http-attest", 404)]
    public async Task A_request_is_answered(string function, string name, int status)
    {
        await using var sandbox = await Sandbox.StartAsync(world.Function(function));
        var answer = (await sandbox.InvokeAsync(world.Event(name))).Json;
        Assert.True(answer.GetProperty("statusCode").GetInt32() == status, answer.ToString());
        if (status >= 400)
        {
            Assert.Equal(
                "application/problem+json",
                answer.GetProperty("headers").GetProperty("content-type").GetString()
            );
            Assert.Contains("\"code\":", answer.GetProperty("body").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_process_answers_many_requests_and_writes_a_line_for_each()
    {
        await using var sandbox = await Sandbox.StartAsync(world.Function("attest"));
        for (var i = 0; i < 50; i++)
        {
            Assert.NotNull((await sandbox.InvokeAsync(world.Event("http-attest"))).Answer);
        }

        // What was logged is out before the next event is asked for.
        await sandbox.InvokeAsync(world.Event("http-cookies"));
        var events = sandbox.Log.Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.True(events.Count(line => line.GetProperty("event").GetString() == "request_finished") >= 50);
        Assert.Single(events, line => line.TryGetProperty("cold_start", out var cold) && cold.GetString() == "true");
    }

    [Theory]
    [InlineData("sqs-losses", "")]
    [InlineData("sqs-one-poisoned", "0001")]
    [InlineData("sqs-fifo", "0001 0002")]
    public async Task A_batch_is_answered_with_what_must_come_again(string name, string failed)
    {
        await using var sandbox = await Sandbox.StartAsync(world.Function("losses"));
        var answer = (await sandbox.InvokeAsync(world.Event(name))).Json;
        var ids = answer
            .GetProperty("batchItemFailures")
            .EnumerateArray()
            .Select(item => item.GetProperty("itemIdentifier").GetString()![^4..]);
        Assert.Equal(failed, string.Join(' ', ids));
    }

    [Fact]
    public async Task A_tick_makes_every_pass_there_is()
    {
        await using var sandbox = await Sandbox.StartAsync(world.Function("clock"));
        Assert.Equal("{}", (await sandbox.InvokeAsync(world.Event("schedule"))).Json.ToString());
        // The first tenant and its key are in its audit chain, so its head is signed and waits for the log.
        Assert.Contains(sandbox.Log, line => line.Contains("\"audit_head_signed\"", StringComparison.Ordinal));
        Assert.Equal("{}", (await sandbox.InvokeAsync(world.Event("schedule"))).Json.ToString());
        Assert.True(Directory.EnumerateFiles(world.Data.Folder, "checkpoint*", SearchOption.AllDirectories).Any());
        Assert.Equal("Lace.InvalidDataException", (await sandbox.InvokeAsync("[]"u8.ToArray())).ErrorType);
    }

    [Fact]
    public async Task The_authorizer_lets_keys_in_that_may_send_losses()
    {
        await using var sandbox = await Sandbox.StartAsync(world.Function("authorizer"));
        var answer = (await sandbox.InvokeAsync(world.Event("authorizer"))).Json;
        Assert.True(answer.GetProperty("isAuthorized").GetBoolean());
        Assert.Equal(world.Data.Tenant, answer.GetProperty("context").GetProperty("tenant").GetString());
        foreach (var wrong in (string[])[world.Data.Key[..^1] + "A", "", "lace_prod_sk_"])
        {
            var sent = System.Text.Encoding.UTF8.GetString(world.Event("authorizer")).Replace(world.Data.Key, wrong);
            var refused = (await sandbox.InvokeAsync(System.Text.Encoding.UTF8.GetBytes(sent))).Json;
            Assert.False(refused.GetProperty("isAuthorized").GetBoolean());
            Assert.False(refused.TryGetProperty("context", out _));
        }
    }

    [Theory]
    [InlineData("LACE_TRIGGER", "kinesis")]
    [InlineData("LACE_FUNCTIONS", "atest")]
    [InlineData("LACE_DATA", "/proc/no-folder")]
    public async Task A_process_that_cannot_start_tells_lambda_why(string variable, string value)
    {
        await using var sandbox = await Sandbox.StartAsync(world.Function("attest", (variable, value)));
        var said = await sandbox.Broken.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.StartsWith("Lace.", said.ErrorType, StringComparison.Ordinal);
        Assert.NotEqual("", said.Error!.Value.GetProperty("errorMessage").GetString());
        Assert.Equal(78, await sandbox.ExitAsync());
    }

    [Fact]
    public async Task A_snapshot_is_taken_of_a_warm_process_and_gets_events_only_once_restored()
    {
        var function = world.Function("verify") with { InitializationType = "snap-start" };
        await using var sandbox = await Sandbox.StartAsync(function);
        await sandbox.Snapshot.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Contains(
            sandbox.Log,
            line => line.Contains("\"route\":\"/health\",\"status\":200", StringComparison.Ordinal)
        );
        Assert.False(sandbox.Ready.IsCompleted);
        sandbox.Restore();
        var answer = (await sandbox.InvokeAsync(world.Event("snapstart-restore"))).Json;
        Assert.Equal(200, answer.GetProperty("statusCode").GetInt32());
        Assert.Contains(sandbox.Log, line => line.Contains("restored_from_snapshot", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_runs_beside_the_events()
    {
        await using var sandbox = await Sandbox.StartAsync(world.Function("verify"));
        Assert.NotNull((await sandbox.InvokeAsync(world.Event("http-cookies"))).Answer);
        // For a while after its first event the runtime compiles what was used. The loops of the local host, which look every tenth
        // of a second, would be in every stretch of time.
        var quietest = double.MaxValue;
        for (var stretch = 0; stretch < 5 && quietest > 200; stretch++)
        {
            var before = sandbox.ProcessorTime;
            await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
            quietest = Math.Min(quietest, (sandbox.ProcessorTime - before).TotalMilliseconds);
        }

        Assert.InRange(quietest, 0, 200);
    }
}
