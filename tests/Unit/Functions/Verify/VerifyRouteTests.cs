using System.Globalization;
using System.Net;
using Lace.Evidence.Datasets;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Verification;

namespace Lace.Tests.Functions.Verify;

/// <summary>Recorded real runs through attestation, queue and consumer to the public answer.</summary>
public sealed class VerifyRouteTests : IAsyncLifetime
{
    private RunHost host = null!;

    public async ValueTask InitializeAsync() => host = await RunHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Theory]
    [InlineData("r05_true_finetune", "CONSISTENT", 3)]
    [InlineData("r17_true_multi_epoch", "CONSISTENT", 3)]
    [InlineData("r29_decoy_other_domain", "INCONSISTENT", 2)]
    [InlineData("r42_partial_swap_block", "PARTLY_CONSISTENT", 2)]
    public async Task A_recorded_run_gets_its_verdict_through_the_whole_product(string file, string verdict, int level)
    {
        var recorded = Recorded(file);
        var run = await host.NewRunAsync(await host.AttestAsync(recorded.Records));
        await host.TrainAsync(run, recorded.Points);

        var result = await host.VerifyAsync(RunHost.Id(run));
        Assert.Equal(verdict, result.Verdict);
        Assert.Equal(level, result.Level);
        Assert.Equal(ReferenceScore(recorded.Id), result.Statistic!.Score, 1e-6);
        Assert.Equal(recorded.Points.Count, result.Run.Points);
        Assert.All(result.Checks.Take(7), check => Assert.True(check.Passed, $"{check.Name}: {check.Detail}"));
    }

    [Fact]
    public async Task An_order_that_was_only_streamed_caps_the_grade()
    {
        var recorded = Recorded("r53_limit_order_chosen_afterwards");
        var run = await host.NewRunAsync(await host.AttestAsync(recorded.Records), "streamed");
        await host.TrainAsync(run, recorded.Points);
        var result = await host.VerifyAsync(RunHost.Id(run));
        Assert.Equal(("INCONCLUSIVE", "weak"), (result.Verdict, result.Statistic!.GradeCap));
        Assert.True(result.Statistic.Score > 0.9); // it fits, because it was chosen to fit
    }

    [Fact]
    public async Task An_offline_run_stays_at_committed()
    {
        var recorded = Recorded("r05_true_finetune");
        var run = await host.NewRunAsync(await host.AttestAsync(recorded.Records), offline: true);
        await host.TrainAsync(run, recorded.Points);
        var result = await host.VerifyAsync(RunHost.Id(run));
        Assert.Equal((1, "INCONCLUSIVE"), (result.Level, result.Verdict));
    }

    [Fact]
    public async Task The_id_of_an_attestation_gives_its_newest_run_and_names_the_others()
    {
        var id = await host.AttestAsync(Features(40));
        var first = await host.NewRunAsync(id);
        host.Advance(TimeSpan.FromSeconds(5));
        var second = await host.NewRunAsync(id, "streamed");
        var result = await host.VerifyAsync(id);
        Assert.Equal(RunHost.Id(second), result.Id);
        Assert.Equal([RunHost.Id(first)], result.OtherRuns);
        Assert.Equal("INCONCLUSIVE", result.Verdict);
        Assert.Equal([RunHost.Id(second)], (await host.VerifyAsync(RunHost.Id(first))).OtherRuns);
    }

    [Fact]
    public async Task The_answer_is_kept_until_the_run_or_the_attestation_changes()
    {
        var id = await host.AttestAsync(Features(40));
        var run = await host.NewRunAsync(id);
        var first = await host.VerifyAsync(RunHost.Id(run));
        host.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(first.ComputedAt, (await host.VerifyAsync(RunHost.Id(run))).ComputedAt);

        await host.TrainAsync(run, [new LossPoint(0, 1, [new MicroBatch([1])])]);
        var second = await host.VerifyAsync(RunHost.Id(run));
        Assert.NotEqual(first.ComputedAt, second.ComputedAt);
        Assert.Equal(1, second.Run.Points);

        await host.PostAsync($"/v1/attestations/{id}/revoke", """{"reason":"wrong file"}""");
        var revoked = await host.VerifyAsync(RunHost.Id(run));
        var check = revoked.Checks.Single(check => check.Name == CheckNames.NotRevoked);
        Assert.Equal(CheckStatus.Failed, check.Status);
        Assert.Contains("wrong file", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_that_was_changed_in_the_store_is_found()
    {
        var id = await host.AttestAsync(Features(40));
        var run = await host.NewRunAsync(id);
        await host.TrainAsync(run, [new LossPoint(0, 1, [new MicroBatch([1])])]);
        var chunk = Directory.GetFiles(host.Folder, "00000000-*", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(chunk, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(chunk, bytes, TestContext.Current.CancellationToken);
        var result = await host.VerifyAsync(id);
        Assert.Equal(CheckStatus.Failed, result.Checks.Single(c => c.Name == CheckNames.RootRecomputed).Status);
        Assert.Equal((0, "INCONCLUSIVE"), (result.Level, result.Verdict));
    }

    [Theory]
    [InlineData("run-20261120-134501-zzzzzz")]
    [InlineData("lace-20261120-134501-zzzzzz")]
    [InlineData("x")]
    [InlineData("..%2f..%2fetc")]
    public async Task What_is_not_there_is_not_found(string id) =>
        Assert.Equal(
            "not_found",
            await RunHost.CodeAsync(host.Anonymous.GetAsync($"/v1/verify/{id}"), HttpStatusCode.NotFound)
        );

    [Fact]
    public async Task An_attestation_without_run_or_not_complete_says_which()
    {
        var open = await host.BeginAsync();
        Assert.Equal(
            "attestation_not_complete",
            await RunHost.CodeAsync(host.Anonymous.GetAsync($"/v1/verify/{open}"), HttpStatusCode.Conflict)
        );
        var complete = await host.AttestAsync(Features(40));
        Assert.Equal(
            "not_found",
            await RunHost.CodeAsync(host.Anonymous.GetAsync($"/v1/verify/{complete}"), HttpStatusCode.NotFound)
        );
    }

    [Theory]
    [InlineData("/v1/verify/run-20261120-134501-zzzzzz", HttpStatusCode.NotFound)]
    [InlineData("/v1/log/anchor", HttpStatusCode.NotFound)]
    [InlineData("/v1/log/policy.json", HttpStatusCode.OK)]
    public async Task An_address_that_asks_too_often_is_told_to_wait(string path, HttpStatusCode otherwise)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 250).Select(_ => host.Anonymous.GetAsync(path)));
        var refused = answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Contains(answers, answer => answer.StatusCode == otherwise);
    }

    internal static RecordFeatures[] Features(int count)
    {
        var features = new RecordFeatures[count];
        for (var i = 0; i < count; i++)
        {
            for (var k = 0; k < RecordFeatures.Count; k++)
            {
                features[i][k] = 100 + i + k;
            }
        }

        return features;
    }

    private static RunFile Recorded(string name) =>
        RunFile.Parse(File.ReadAllBytes(SharedFolder.Path("runs", name + ".json")));

    private static double ReferenceScore(string id) =>
        File.ReadLines(SharedFolder.Path("runs", "manifest.csv"))
            .Select(line => line.Split(','))
            .Where(cells => cells[0] == id)
            .Select(cells => double.Parse(cells[9], CultureInfo.InvariantCulture))
            .Single();
}
