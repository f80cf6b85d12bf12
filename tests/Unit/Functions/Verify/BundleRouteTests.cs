using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Verification;

namespace Lace.Tests.Functions.Verify;

/// <summary>Bundles and run-log files of the real server, checked as somebody far away checks them.</summary>
public sealed class BundleRouteTests(ITestOutputHelper output) : IAsyncLifetime
{
    private RunHost host = null!;

    public async ValueTask InitializeAsync() => host = await RunHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Theory]
    [InlineData("r05_true_finetune", "CONSISTENT", 3)]
    [InlineData("r29_decoy_other_domain", "INCONSISTENT", 2)]
    [InlineData("r42_partial_swap_block", "PARTLY_CONSISTENT", 2)]
    public async Task A_recorded_run_gives_a_bundle_that_is_verified_and_recomputed_offline(
        string file,
        string verdict,
        int level
    )
    {
        var run = RunHost.Id(await host.TrainRecordedAsync(file));
        var bytes = await host.BundleAsync(run);
        var found = await host.CheckAsync(bytes, run);
        Assert.True(found.Outcome == BundleOutcome.Passed, found.Faults());
        Assert.Equal((verdict, level), (found.Verdict, found.Level));
        Assert.All(found.Rungs, rung => Assert.Equal(RungBasis.Recomputed, rung.Basis));
        Assert.Equal(
            ["log.witnesses", "dataset.root"],
            found.Checks.Where(check => check.Status == CheckStatus.NotChecked).Select(check => check.Name)
        );
        output.WriteLine(
            $"{file}: bundle {bytes.Length} bytes, run log {EvidenceBundle.Parse(bytes, out _)!.RunLog.Bytes} bytes"
        );
        Assert.InRange(bytes.Length, 20_000, EvidenceBundle.MaxBytes);
    }

    [Fact]
    public async Task The_run_log_gives_what_the_server_gave_bit_for_bit()
    {
        var run = RunHost.Id(await host.TrainRecordedAsync("r05_true_finetune"));
        await host.BundleAsync(run);
        var server = await host.VerifyAsync(run);
        var file = BundleHost.Read(await host.RunLogAsync(run)).File!;
        var logged = server.Checks.Single(check => check.Name == CheckNames.TransparencyLog);
        var again = RunVerification.Evaluate(file.ToInput() with { TransparencyLog = logged }, server.ComputedAt);
        Assert.Equal(Json(server), Json(again));
        Assert.Equal(
            BitConverter.DoubleToInt64Bits(server.Statistic!.Score),
            BitConverter.DoubleToInt64Bits(again.Statistic!.Score)
        );
    }

    [Fact]
    public async Task A_run_that_has_not_ended_has_no_bundle()
    {
        var run = await host.NewRunAsync(await host.AttestAsync(VerifyRouteTests.Features(40)));
        Assert.Equal(
            "run_not_ended",
            await RunHost.CodeAsync(host.Anonymous.GetAsync($"/v1/bundles/{RunHost.Id(run)}"), HttpStatusCode.Conflict)
        );
    }

    [Theory]
    [InlineData("run-20261120-134501-zzzzzz")]
    [InlineData("lace-20261120-134501-zzzzzz")]
    [InlineData("x")]
    public async Task What_is_not_there_is_not_found(string id)
    {
        Assert.Equal(
            "not_found",
            await RunHost.CodeAsync(host.Anonymous.GetAsync($"/v1/bundles/{id}"), HttpStatusCode.NotFound)
        );
        Assert.Equal(
            "not_found",
            await RunHost.CodeAsync(host.Owner.GetAsync($"/v1/runs/{id}/log"), HttpStatusCode.NotFound)
        );
    }

    [Fact]
    public async Task The_run_log_is_for_its_owner_alone()
    {
        var run = await host.NewRunAsync(await host.AttestAsync(VerifyRouteTests.Features(40)));
        var path = $"/v1/runs/{RunHost.Id(run)}/log";
        Assert.Equal(
            "key_missing",
            await RunHost.CodeAsync(host.Anonymous.GetAsync(path), HttpStatusCode.Unauthorized)
        );
        using var other = await host.NewTenantAsync();
        Assert.Equal("not_found", await RunHost.CodeAsync(other.GetAsync(path), HttpStatusCode.NotFound));
        Assert.NotNull(BundleHost.Read(await host.RunLogAsync(RunHost.Id(run))).File);
    }

    [Fact]
    public async Task A_revoked_attestation_and_a_later_run_show_in_the_next_bundle()
    {
        var run = RunHost.Id(await host.TrainRecordedAsync("r05_true_finetune"));
        var first = EvidenceBundle.Parse(await host.BundleAsync(run), out _)!;
        host.Advance(TimeSpan.FromSeconds(5));
        await host.NewRunAsync(first.AttestationId);
        await AssertPassesAsync(run, false);
        await host.PostAsync($"/v1/attestations/{first.AttestationId}/revoke", """{"reason":"wrong file"}""");
        await AssertPassesAsync(run, true);
    }

    [Fact]
    public async Task The_largest_statements_that_can_be_made_fit()
    {
        var features = VerifyRouteTests.Features(4000);
        var id = await AttestLargestAsync(features);
        for (var i = 0; i < 101; i++)
        {
            await host.NewRunAsync(id);
        }

        var created = await host.PostAsync("/v1/runs", LargestRun(id));
        var batches = Enumerable.Range(0, 3000).Select(i => new LossPoint(i, 2 + (i % 7), [new MicroBatch([i])]));
        await host.TrainAsync(created, [.. batches]);
        var run = RunHost.Id(created);
        await host.BundleAsync(run);
        for (var i = 0; i < 6; i++)
        {
            await host.PostAsync("/v1/reports", $$"""{"id":"{{run}}","format":"json"}""");
        }

        var bytes = await host.BundleAsync(run);
        var bundle = EvidenceBundle.Parse(bytes, out _)!;
        output.WriteLine($"{bytes.Length} bytes of {EvidenceBundle.MaxBytes}, {bundle.Statements.Count} statements");
        foreach (var (statement, kind) in bundle.Statements.Zip(BundleChecks.Kinds))
        {
            output.WriteLine($"  {kind}: payload {statement.Signed.Payload.Length} bytes");
        }

        Assert.InRange(bytes.Length, 30_000, EvidenceBundle.MaxBytes);
        var found = await host.CheckAsync(bytes, run);
        Assert.True(found.Outcome == BundleOutcome.Passed, found.Faults());
    }

    private async Task AssertPassesAsync(string run, bool revoked)
    {
        var found = await host.CheckAsync(await host.BundleAsync(run), run);
        Assert.True(found.Outcome == BundleOutcome.Passed, found.Faults());
        Assert.Equal(revoked, found.Revoked);
    }

    private Task<string> AttestLargestAsync(IReadOnlyList<Lace.Evidence.Datasets.RecordFeatures> features)
    {
        // What a tenant may write freely, just below the size at which a statement names it by its digest instead.
        var metadata = new JsonObject { ["a"] = new string('漢', 80), ["b"] = new string('漢', 80) };

        return host.AttestAsync(
            features,
            new JsonObject
            {
                ["name"] = new string('漢', 200),
                ["metadata"] = metadata,
                ["dataset"] = new JsonObject
                {
                    ["format"] = "jsonl",
                    ["part"] = new JsonObject
                    {
                        ["kind"] = "field",
                        ["field"] = new string('漢', 200),
                        ["max_bytes"] = 512,
                    },
                    ["sources"] = 1,
                },
                ["plan"] = new JsonObject
                {
                    ["epochs"] = 3,
                    ["batch"] = 8,
                    ["order"] = "sequential",
                },
            }.ToJsonString()
        );
    }

    private static string LargestRun(string attestationId)
    {
        var client = new JsonObject { ["lace"] = new string('漢', 160) };
        return new JsonObject
        {
            ["attestation_id"] = attestationId,
            ["order"] = "epoch",
            ["client"] = client,
            ["offline"] = false,
        }.ToJsonString();
    }

    private static string Json(VerificationResult result) =>
        JsonSerializer.Serialize(result, VerificationJson.Default.VerificationResult);
}
