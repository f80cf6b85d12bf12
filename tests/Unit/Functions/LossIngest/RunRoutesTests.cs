using System.Net;
using System.Text;
using System.Text.Json;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Tests.Functions.Verify;

namespace Lace.Tests.Functions.LossIngest;

public sealed class RunRoutesTests : IAsyncLifetime
{
    private RunHost host = null!;
    private string attestation = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RunHost.StartAsync();
        attestation = await host.AttestAsync(VerifyRouteTests.Features(50));
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_run_has_a_key_and_a_nonce_of_its_own()
    {
        var first = await host.NewRunAsync(attestation, "nonce");
        var second = await host.NewRunAsync(attestation, "nonce");
        Assert.Matches("^run-[0-9]{8}-[0-9]{6}-[2-9a-z]{6}$", RunHost.Id(first));
        Assert.Equal(32, first.GetProperty("ingest_key").GetBytesFromBase64().Length);
        Assert.Matches("^[0-9a-f]{64}$", first.GetProperty("nonce").GetString());
        Assert.NotEqual(first.GetProperty("nonce").GetString(), second.GetProperty("nonce").GetString());
        Assert.NotEqual(first.GetProperty("ingest_key").GetString(), second.GetProperty("ingest_key").GetString());
        Assert.Equal(50, first.GetProperty("records").GetInt64());
        Assert.Equal("nonce", first.GetProperty("order").GetString());
        Assert.Equal(LossSegment.MaxBytes, first.GetProperty("max_segment_bytes").GetInt32());
        var state = await host.GetAsync($"/v1/runs/{RunHost.Id(first)}");
        Assert.False(state.TryGetProperty("ingest_key", out _));
        Assert.Equal("recording", state.GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_key_of_a_repeated_request_does_not_lie_in_the_store()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/runs");
        request.Content = new StringContent($$"""{"attestation_id":"{{attestation}}"}""", null, "application/json");
        request.Headers.Add("Idempotency-Key", "once");
        var answer = await host.Owner.SendAsync(request, TestContext.Current.CancellationToken);
        var key = JsonElement
            .Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
            .GetProperty("ingest_key")
            .GetString()!;
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        foreach (var file in Directory.GetFiles(host.Folder, "items.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
            var text = Encoding.Latin1.GetString(bytes.ToArray());
            Assert.DoesNotContain(key, text, StringComparison.Ordinal);
            Assert.DoesNotContain(
                Convert.ToBase64String(Encoding.ASCII.GetBytes(key))[4..40],
                text,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task A_run_needs_a_complete_attestation_that_stands()
    {
        var open = await host.BeginAsync();
        Assert.Equal("attestation_not_complete", await RefusalAsync(open, HttpStatusCode.Conflict));
        await host.PostAsync($"/v1/attestations/{attestation}/revoke", """{"reason":"no"}""");
        Assert.Equal("attestation_revoked", await RefusalAsync(attestation, HttpStatusCode.Conflict));
        Assert.Equal("not_found", await RefusalAsync("lace-20261120-134501-zzzzzz", HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Refuses_a_body_that_is_no_segment_of_this_run()
    {
        var run = await host.NewRunAsync(attestation);
        var other = await host.NewRunAsync(attestation);
        var body = RunHost.Script(other).Segment().Bodies[0];
        Assert.Equal("run_mismatch", await RunHost.CodeAsync(host.SendAsync(run, body), HttpStatusCode.BadRequest));
        Assert.Equal(
            "segment_malformed",
            await RunHost.CodeAsync(host.SendAsync(run, "{}"u8.ToArray()), HttpStatusCode.BadRequest)
        );
        Assert.Equal(
            "body_too_large",
            await RunHost.CodeAsync(
                host.SendAsync(run, new byte[LossSegment.MaxBytes + 1]),
                HttpStatusCode.RequestEntityTooLarge
            )
        );
    }

    [Fact]
    public async Task Another_tenant_finds_nothing_and_nobody_gets_in_without_a_key()
    {
        var run = await host.NewRunAsync(attestation);
        var body = RunHost.Script(run).Segment().Bodies[0];
        using var stranger = await host.NewTenantAsync();
        var path = $"/v1/runs/{RunHost.Id(run)}";
        foreach (
            var (client, status) in new[]
            {
                (stranger, HttpStatusCode.NotFound),
                (host.Anonymous, HttpStatusCode.Unauthorized),
            }
        )
        {
            await RunHost.CodeAsync(client.GetAsync(path), status);
            await RunHost.CodeAsync(client.GetAsync(path + "/points"), status);
            await RunHost.CodeAsync(client.PostAsync(path + "/finish", null), status);
            await RunHost.CodeAsync(client.PostAsync(path + "/losses", new ByteArrayContent(body)), status);
        }

        var list = JsonElement.Parse(await stranger.GetStringAsync("/v1/runs", TestContext.Current.CancellationToken));
        Assert.Equal(0, list.GetProperty("runs").GetArrayLength());
    }

    [Fact]
    public async Task Lists_runs_newest_first_in_pages()
    {
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            made.Insert(0, RunHost.Id(await host.NewRunAsync(attestation)));
            host.Advance(TimeSpan.FromSeconds(1));
        }

        var first = await host.GetAsync("/v1/runs?limit=2");
        var second = await host.GetAsync($"/v1/runs?limit=2&cursor={first.GetProperty("next").GetString()}");
        Assert.Equal(
            made,
            first
                .GetProperty("runs")
                .EnumerateArray()
                .Concat(second.GetProperty("runs").EnumerateArray())
                .Select(RunHost.Id)
        );
        await RunHost.CodeAsync(host.Owner.GetAsync("/v1/runs?limit=0"), HttpStatusCode.BadRequest);
        await RunHost.CodeAsync(host.Owner.GetAsync("/v1/runs?cursor=%21"), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Gives_back_the_recorded_points_as_lines()
    {
        var run = await host.NewRunAsync(attestation, "streamed");
        LossPoint[] points = [new(0, 2.5, [new MicroBatch([1, 2])]), new(1, double.NaN, [new MicroBatch([3])])];
        await host.TrainAsync(run, points);
        var answer = await host.Owner.GetAsync(
            $"/v1/runs/{RunHost.Id(run)}/points",
            TestContext.Current.CancellationToken
        );
        var lines = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
            .TrimEnd('\n')
            .Split('\n');
        Assert.Equal("application/jsonl", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal(2, lines.Length);
        Assert.Equal(2.5, JsonElement.Parse(lines[0]).GetProperty("loss").GetDouble());
        Assert.Equal("nan", JsonElement.Parse(lines[1]).GetProperty("loss").GetString());
        Assert.Equal(
            "finished",
            (await host.GetAsync($"/v1/runs/{RunHost.Id(run)}")).GetProperty("status").GetString()
        );
    }

    private Task<string?> RefusalAsync(string attestationId, HttpStatusCode status) =>
        RunHost.CodeAsync(
            host.Owner.PostAsync(
                "/v1/runs",
                new StringContent($$"""{"attestation_id":"{{attestationId}}"}""", null, "application/json")
            ),
            status
        );
}
