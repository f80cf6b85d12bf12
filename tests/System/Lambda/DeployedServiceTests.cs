using System.Net.Http.Json;
using System.Text.Json;
using Lace.Emulator;
using Lace.SystemTests.Demo;
using Lace.SystemTests.Platform.Aws;

namespace Lace.SystemTests.Lambda;

/// <summary>The demo, shorter, over the functions as they are deployed: the published program in the Lambda loop, moto for AWS.</summary>
public sealed class DeployedServiceTests(MotoFixture moto)
{
    [Fact]
    public async Task An_honest_run_is_seen_to_be_and_a_made_up_one_is_not_believed()
    {
        await using var service = await MotoService.StartAsync(PublishedProgram.Path, moto.Address);
        service.Consume(TimeSpan.FromSeconds(30));
        service.Service.Tick(TimeSpan.FromMinutes(1));
        using var job = new WholeJob();
        job.Use(service.Service.Address.GetLeftPart(UriPartial.Authority), service.Key);
        await job.AttestAsync();

        var honest = await job.TrainAsync();
        WholeJobTests.AssertHonest(await job.VerifyAsync(honest));
        await job.LaceAsync("report", "--id", honest, "--format", "html", "--out", "report.html");
        await job.LaceAsync("bundle", "--id", honest, "--out", "evidence.bundle.json", "--run-log", "run-log.jsonl");
        await File.WriteAllTextAsync(Path.Combine(job.Folder, "policy.json"), await job.LaceAsync("policy", "fetch"));
        var offline = await job.LaceAsync([
            "verify",
            "--offline",
            "evidence.bundle.json",
            "--policy",
            "policy.json",
            "--run-log",
            "run-log.jsonl",
        ]);
        Assert.DoesNotContain("FAILED", offline, StringComparison.Ordinal);

        var madeUp = await job.RecordAsync(
            "fabricate.py",
            "--records",
            $"{WholeJob.Records}",
            "--batch",
            $"{WholeJob.Batch}"
        );
        var verdict = (await job.VerifyAsync(madeUp)).GetProperty("verdict").GetString();
        Assert.Equal("INCONSISTENT", verdict);
    }

    [Fact]
    public async Task A_key_that_was_revoked_sends_no_more_losses_and_one_without_the_scope_never_did()
    {
        await using var service = await MotoService.StartAsync(PublishedProgram.Path, moto.Address);
        using var client = new HttpClient { BaseAddress = service.Service.Address };
        var token = TestContext.Current.CancellationToken;
        const string Losses = "/v1/runs/run-20261120-134502-k4m8q2/losses";
        Assert.Equal(401, (int)(await client.PostAsJsonAsync(Losses, 1, token)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "lace_prod_sk_unknown");
        Assert.Equal(403, (int)(await client.PostAsJsonAsync(Losses, 1, token)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", service.Key);
        Assert.Equal(202, (int)(await client.PostAsJsonAsync(Losses, 1, token)).StatusCode);
        Assert.Equal(404, (int)(await client.GetAsync("/nothing/here", token)).StatusCode);
        var health = await client.GetFromJsonAsync<JsonElement>("/readyz", token);
        Assert.Equal("ready", health.GetProperty("status").GetString());
    }
}
