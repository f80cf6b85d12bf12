using System.Net;
using System.Text.Json;
using Lace.Benchmarks;
using Lace.Emulator;
using Lace.Functions.LossIngest;
using Lace.Moto;
using Lace.Platform;
using Lace.SystemTests.Platform.Aws;

namespace Lace.SystemTests.Lambda;

/// <summary>What the service accepted with 202 is in the run's log, once, whatever happened to the function and to AWS meanwhile.</summary>
public sealed class FaultTests(MotoFixture moto)
{
    private const int Records = 200;
    private const int Points = 300;
    private const int PointsPerSegment = 10;

    [Fact]
    public async Task A_function_is_killed_in_the_middle_of_a_batch()
    {
        await using var world = await StartAsync();
        var losses = world.Service.Service.Function("losses");
        var writes = 0;
        world.Service.Front.Faults.Set(request =>
        {
            // The process dies at every other transaction: the first has taken effect nevertheless, the next has not.
            if (request.Operation != "TransactWriteItems" || ++writes > 8 || writes % 2 == 0)
            {
                return AwsFault.None;
            }

            foreach (var sandbox in losses.Sandboxes)
            {
                sandbox.Kill();
            }

            return writes % 4 == 1 ? AwsFault.None : AwsFault.Dropped;
        });
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(2));
        await world.AssertWholeAsync();
        Assert.True(losses.Starts > 2, $"only {losses.Starts} processes were started");
    }

    [Fact]
    public async Task A_storm_of_throttling()
    {
        await using var world = await StartAsync();
        var random = new Random(1);
        world.Service.Front.Faults.Set(request =>
            request.Service == AwsService.DynamoDb && random.Next(2) == 0 ? AwsFault.Throttled : AwsFault.None
        );
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(5));
        await world.AssertWholeAsync();
        Assert.True(world.Service.Front.Faults.Count(AwsFault.Throttled) > 50);
    }

    [Fact]
    public async Task Storage_that_answers_409_412_and_503()
    {
        await using var world = await StartAsync();
        var random = new Random(2);
        AwsFault[] faults = [AwsFault.Conflict, AwsFault.Throttled, AwsFault.Failed, AwsFault.FailedAfter];
        // After the last one the object is there, and its repetition is 412.
        world.Service.Front.Faults.Set(request =>
            request.Service == AwsService.S3
            && request.Operation.StartsWith("PUT ", StringComparison.Ordinal)
            && random.Next(2) == 0
                ? faults[random.Next(faults.Length)]
                : AwsFault.None
        );
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(5));
        await world.AssertWholeAsync();
        Assert.True(world.Service.Front.Faults.Count(AwsFault.FailedAfter) > 0);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_by_an_hour()
    {
        await using var world = await StartAsync();
        world.Service.Front.Faults.ClockSkew = TimeSpan.FromHours(1);
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(5));
        await world.AssertWholeAsync();
    }

    [Fact]
    public async Task Credentials_that_expired()
    {
        await using var world = await StartAsync();
        await world.SendAllAsync();
        world.Service.Front.Faults.Set(request =>
            request.Service == AwsService.Sqs ? AwsFault.None : AwsFault.Expired
        );
        world.Service.Consume(TimeSpan.FromSeconds(1));
        var answer = await world.Client.Http.GetAsync($"/v1/runs/{world.Run}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains(
            "storage_unavailable",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );

        // Long enough for every message to be given up on: they are dead letters then, and an operator brings them back.
        await UntilAsync(async () => (await world.DeadAsync()).Count == world.Sent);
        world.Service.Front.Faults.Set(_ => AwsFault.None);
        await world.Service.Platform.Queue("losses").RedriveAsync(TestContext.Current.CancellationToken);
        await world.AssertWholeAsync();
    }

    [Fact]
    public async Task A_message_that_cannot_be_stored_holds_up_no_other()
    {
        await using var world = await StartAsync();
        var (key, head) = await world.HeadAsync();
        await world.Service.Platform.Items.WriteAsync(ItemWrite.Put(key, "[]"), TestContext.Current.CancellationToken);
        var poisoned = world.Run;
        await world.SendAllAsync();
        await world.BeginAnotherAsync();
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(1));
        await world.AssertWholeAsync();

        await UntilAsync(async () => (await world.DeadAsync()).Count == world.Sent);
        await world.Service.Platform.Items.WriteAsync(ItemWrite.Put(key, head), TestContext.Current.CancellationToken);
        await world.Service.Platform.Queue("losses").RedriveAsync(TestContext.Current.CancellationToken);
        await world.AssertWholeAsync(poisoned);
    }

    internal static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        while (!await holds())
        {
            await Task.Delay(500, limit.Token);
        }
    }

    private async Task<World> StartAsync()
    {
        var service = await MotoService.StartAsync(PublishedProgram.Path, moto.Address);
        var client = new EvidenceClient(service.Service.Address, service.Key);
        var world = new World(service, client, await client.AttestAsync(Records));
        await world.BeginAnotherAsync();
        return world;
    }

    /// <summary>A deployment with a run whose losses are about to come.</summary>
    private sealed class World(MotoService service, EvidenceClient client, string attestation) : IAsyncDisposable
    {
        private JsonElement begun;

        public MotoService Service => service;

        public EvidenceClient Client => client;

        public string Run => begun.GetProperty("run_id").GetString()!;

        /// <summary>Messages that were accepted, of the newest run.</summary>
        public int Sent { get; private set; }

        public async Task BeginAnotherAsync() => begun = await client.BeginAsync(attestation);

        public async Task SendAllAsync()
        {
            Sent = 0;
            foreach (var body in client.Segments(begun, Records, Points, PointsPerSegment))
            {
                await client.SendAsync(Run, body);
                Sent++;
            }
        }

        /// <summary>Every point is there once and in order, nothing was refused, and the run ends with its statement in the log.</summary>
        public async Task AssertWholeAsync(string? run = null)
        {
            run ??= Run;
            var state = default(JsonElement);
            await UntilAsync(async () =>
            {
                var answer = await client.Http.GetAsync($"/v1/runs/{run}");
                state = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
                return answer.IsSuccessStatusCode && state.GetProperty("points").GetInt64() == Points;
            });
            Assert.Equal(0, state.GetProperty("gaps").GetArrayLength());
            Assert.Empty(state.GetProperty("refused").EnumerateObject());
            service.Front.Faults.Set(_ => AwsFault.None);
            var lines = System.Text.Encoding.UTF8.GetString(await client.GetAsync($"/v1/runs/{run}/points"));
            var steps = lines
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonElement.Parse(line).GetProperty("step").GetInt32());
            Assert.Equal(Enumerable.Range(0, Points), steps);
            await client.PostAsync($"/v1/runs/{run}/finish", "");
            Assert.NotEmpty(await client.GetAsync($"/v1/bundles/{run}"));
        }

        public Task<IReadOnlyList<QueueMessage>> DeadAsync() => service.Platform.Queue("losses").DeadLettersAsync(1000);

        /// <summary>The stored head of the run's chain.</summary>
        public async Task<(ItemKey Key, string Json)> HeadAsync()
        {
            var key = Runs.SegmentPlace(new TenantId(service.Tenant), Run, 0) with { Sort = "HEAD" };
            return (key, (await service.Platform.Items.GetAsync(key))!.Document);
        }

        public async ValueTask DisposeAsync()
        {
            client.Dispose();
            await service.DisposeAsync();
        }
    }
}
