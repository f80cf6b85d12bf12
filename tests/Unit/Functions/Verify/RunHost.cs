using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;
using Lace.Functions.Access;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Lace.Tests.Evidence.LossLog;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Verify;

/// <summary>The real application over HTTP, and a client that attests the records of a run file and sends its losses as a monitor does.</summary>
internal sealed class RunHost : IAsyncDisposable
{
    private readonly StepClock clock = new();
    private WebApplication app = null!;

    public string Folder { get; } = Directory.CreateTempSubdirectory("lace-runs-").FullName;

    public HttpClient Owner { get; private set; } = null!;

    public HttpClient Anonymous { get; private set; } = null!;

    public static async Task<RunHost> StartAsync()
    {
        var host = new RunHost();
        host.app = Lace.Functions.Program.Build(
            ["--data", host.Folder, "--urls", "http://127.0.0.1:0"],
            host.clock,
            TextWriter.Null
        );
        await host.app.StartAsync();
        host.Anonymous = new HttpClient { BaseAddress = new Uri(host.app.Urls.First()) };
        host.Owner = await host.NewTenantAsync();
        return host;
    }

    public async Task<HttpClient> NewTenantAsync()
    {
        var tenant = await app
            .Services.GetRequiredService<Tenants>()
            .CreateAsync("test", ServicePlan.Local, AuditedRequest.WithoutBody(DateTimeOffset.UnixEpoch));
        var (key, _) = await app
            .Services.GetRequiredService<ApiKeys>()
            .CreateAsync(new TenantId(tenant.Id), "test", Scope.All);
        var client = new HttpClient { BaseAddress = Anonymous.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Reveal());
        return client;
    }

    public T Service<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public void Advance(TimeSpan time) => clock.Advance(time);

    /// <summary>An attestation that nothing was sent for.</summary>
    public async Task<string> BeginAsync(string? request = null) =>
        (
            await PostAsync(
                "/v1/attestations",
                request ?? """{"name":"run","dataset":{"format":"text","part":{"kind":"whole"},"sources":1}}"""
            )
        )
            .GetProperty("id")
            .GetString()!;

    /// <summary>Sends the features under random digests, and completes.</summary>
    public async Task<string> AttestAsync(IReadOnlyList<RecordFeatures> records, string? request = null)
    {
        var id = await BeginAsync(request);
        var entry = new byte[DatasetEntry.MaxLength];
        var leaves = new MerkleHash[records.Count];
        using var chunk = new MemoryStream();
        chunk.Write(DatasetChunk.Header(id, 0, records.Count));
        var bytes = 0L;
        for (var i = 0; i < records.Count; i++)
        {
            var length = DatasetEntry.Write(entry, new MerkleHash(RandomNumberGenerator.GetBytes(32)), records[i]);
            leaves[i] = MerkleTree.HashLeaf(entry.AsSpan(0, length));
            chunk.Write(entry, 0, length);
            bytes += records[i][0];
        }

        var content = new ByteArrayContent(chunk.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var digest = Convert.ToBase64String(SHA256.HashData(chunk.ToArray()));
        content.Headers.TryAddWithoutValidation("Content-Digest", $"sha-256=:{digest}:");
        (await Owner.PutAsync($"/v1/attestations/{id}/chunks/0", content)).EnsureSuccessStatusCode();
        var statistics = new JsonObject
        {
            ["bytes"] = bytes,
            ["trained_bytes"] = bytes,
            ["duplicates"] = 0,
            ["duplicates_sample"] = 1,
            ["longest"] = 1000,
            ["shortest"] = 1,
            ["empty_lines"] = 0,
            ["invalid_utf8"] = 0,
            ["entropy_bits_per_byte"] = 4.5,
            ["scripts"] = new JsonObject { ["latin"] = 1.0 },
        };
        var completion = new JsonObject
        {
            ["records"] = records.Count,
            ["root"] = MerkleTree.Head(leaves).ToString(),
            ["chunks"] = 1,
            ["statistics"] = statistics,
        };
        await PostAsync($"/v1/attestations/{id}/complete", completion.ToJsonString());
        clock.Advance(TimeSpan.FromSeconds(30));
        return id;
    }

    public Task<JsonElement> NewRunAsync(string attestationId, string order = "epoch", bool offline = false) =>
        PostAsync(
            "/v1/runs",
            $$"""{"attestation_id":"{{attestationId}}","order":"{{order}}","client":{"lace":"0.1.0"},"offline":{{(offline ? "true" : "false")}}}"""
        );

    public static LossLogScript Script(JsonElement run) =>
        new(
            run.GetProperty("run_id").GetString()!,
            TestVectors.Hash(run.GetProperty("root")),
            run.GetProperty("ingest_key").GetBytesFromBase64()
        );

    /// <summary>Trains, as it were: each segment is sent when its newest point was captured.</summary>
    public async Task TrainAsync(JsonElement run, IReadOnlyList<LossPoint> points)
    {
        var script = Script(run);
        var placed = Placed(points, run.GetProperty("order").GetString()!);
        var start = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var sent = 0;
        async Task Send(params IEnumerable<LossItem> items)
        {
            script.Segment(items);
            await SendAsync(run, script.Bodies[sent++]);
        }

        await Send(new StartItem(start, "ab", false));
        var at = start;
        foreach (var epoch in placed.GroupBy(point => point.Batch?[0].Epoch))
        {
            LossPoint[] part = [.. epoch];
            var chain = OrderCommitment.Chain([
                .. part.SelectMany(point => point.Batch!).Select(micro => micro.Records),
            ]);
            if (epoch.Key is { } number)
            {
                var records = part.Sum(point => (long)point.Batch![0].Records.Count);
                await Send(new OrderItem(number, records, part.Length, chain[0]));
            }

            foreach (var some in part.Chunk(60))
            {
                clock.Advance(TimeSpan.FromSeconds(some.Length));
                await Send(some.Select(point => new PointItem(point with { AtMilliseconds = at += 1000 })));
            }

            if (epoch.Key is { } ended)
            {
                await Send(new TailItem(ended, part.Length, chain[^1]));
            }
        }

        await Send(new FinishItem(at, points.Count, 0));
        await PostAsync($"/v1/runs/{Id(run)}/finish", "");
        await AcceptedAsync(run, sent);
    }

    public Task<HttpResponseMessage> SendAsync(JsonElement run, byte[] body) =>
        Owner.PostAsync($"/v1/runs/{Id(run)}/losses", new ByteArrayContent(body));

    /// <summary>Waits until the consumer has accepted so many segments.</summary>
    public Task AcceptedAsync(JsonElement run, int segments) =>
        Until.HoldsAsync(
            async () => (await GetAsync($"/v1/runs/{Id(run)}")).GetProperty("next_seq").GetInt64() >= segments,
            $"{segments} segments, accepted by the consumer"
        );

    public async Task<VerificationResult> VerifyAsync(string id)
    {
        var answer = await Anonymous.GetAsync($"/v1/verify/{id}");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync(VerificationJson.Default.VerificationResult))!;
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        var answer = await Owner.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    public async Task<JsonElement> PostAsync(string path, string json)
    {
        var answer = await Owner.PostAsync(path, new StringContent(json, null, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }

    /// <summary>The code of a refusal that must have this status.</summary>
    public static async Task<string?> CodeAsync(Task<HttpResponseMessage> answer, HttpStatusCode status)
    {
        var text = await (await answer).Content.ReadAsStringAsync();
        Assert.True(status == (await answer).StatusCode, $"{(await answer).StatusCode}: {text}");
        return JsonElement.Parse(text).GetProperty("code").GetString();
    }

    public static string Id(JsonElement run) => run.GetProperty("run_id").GetString()!;

    public async ValueTask DisposeAsync()
    {
        Owner.Dispose();
        Anonymous.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Gives each point its place in its epoch, or takes it away.</summary>
    private static IEnumerable<LossPoint> Placed(IReadOnlyList<LossPoint> points, string order)
    {
        var next = new Dictionary<int, long>();
        var names = new Dictionary<int, int>();
        foreach (var point in points)
        {
            var epoch = point.Batch![0].Epoch ?? 0;
            names.TryAdd(epoch, names.Count);
            var position = next.GetValueOrDefault(epoch);
            next[epoch] = position + 1;
            int[] records = [.. point.Batch.SelectMany(micro => micro.Records)];
            yield return order == "epoch"
                ? point with
                {
                    Batch = [new MicroBatch(records, names[epoch], position)],
                }
                : point with
                {
                    Batch = [new MicroBatch(records)],
                };
        }
    }

    private sealed class StepClock : TimeProvider
    {
        private DateTimeOffset now = new(2026, 11, 20, 13, 45, 1, TimeSpan.Zero);

        public void Advance(TimeSpan time) => now += time;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
