using System.Text;
using System.Text.Json;
using Lace.Benchmarks;
using Lace.Emulator;
using Lace.Functions.LossIngest;
using Lace.Moto;
using Lace.Platform;

namespace Lace.SystemTests.Lambda;

/// <summary>A deployment with a run whose losses are about to come.</summary>
internal sealed class FaultWorld(MotoService service, EvidenceClient client, string attestation) : IAsyncDisposable
{
    private const int Records = 200;
    private const int Points = 300;
    private const int PointsPerSegment = 10;

    private JsonElement begun;

    public MotoService Service => service;

    public EvidenceClient Client => client;

    public string Run => begun.GetProperty("run_id").GetString()!;

    /// <summary>Messages that were accepted, of the newest run.</summary>
    public int Sent { get; private set; }

    public static async Task<FaultWorld> StartAsync(Uri moto)
    {
        var service = await MotoService.StartAsync(PublishedProgram.Path, moto);
        var client = new EvidenceClient(service.Service.Address, service.Key);
        var world = new FaultWorld(service, client, await client.AttestAsync(Records));
        await world.BeginAnotherAsync();
        return world;
    }

    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        while (!await holds())
        {
            await Task.Delay(500, limit.Token);
        }
    }

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
        var lines = Encoding.UTF8.GetString(await client.GetAsync($"/v1/runs/{run}/points"));
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
