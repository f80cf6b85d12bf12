using System.Net;
using System.Text.Json;
using Lace.Functions.Telemetry;
using Lace.Platform;
using Lace.Records.Tenancy;
using Lace.Tests.Functions.LossIngest;
using Lace.Tests.Functions.Train;
using Lace.Tests.Functions.TransparencyLog;
using Microsoft.Extensions.Configuration;

namespace Lace.Tests.Functions.Telemetry;

/// <summary>What is written of what happens, and that CloudWatch would read it.</summary>
public sealed class MetricsTests : IDisposable
{
    private readonly ManualClock clock = new();
    private readonly StringWriter lines = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => lines.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_metric_is_a_line_by_the_rules_of_the_format_and_one_of_the_page(string name)
    {
        var metric = Enum.Parse<Metric>(name);
        New().Record(metric, 1.5);
        var line = Assert.Single(EmfLine.Of(lines.ToString()));
        Assert.Equal(("Lace", name, 1.5), (line.Space, line.Named, line.Value));
        Assert.Equal(["Stage=dev", "Function=losses,Stage=dev"], line.Sets);
        Assert.Equal(clock.GetUtcNow().ToUnixTimeMilliseconds(), line.At.ToUnixTimeMilliseconds());
        var page = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", "operations.md"));
        Assert.Contains($"| `{name}` | {line.In} |", page, StringComparison.Ordinal);
    }

    public static TheoryData<string> Names() => [.. Enum.GetNames<Metric>()];

    [Fact]
    public void What_is_no_number_and_what_did_not_happen_is_not_written()
    {
        New().Record(Metric.EpsilonSpent, double.PositiveInfinity);
        New().Record(Metric.EpsilonSpent, double.NaN);
        New().Count(Metric.Throttles, 0);
        Assert.Empty(lines.ToString());
    }

    [Theory]
    [InlineData("lace-prod-attest", "prod", "attest", "prod")]
    [InlineData("lace-prod-attest", "dev", "lace-prod-attest", "dev")]
    [InlineData("something", null, "something", "local")]
    [InlineData(null, null, "host", "local")]
    public void A_function_is_named_without_its_stage(string? name, string? stage, string function, string labelled)
    {
        var environment = new ConfigurationBuilder()
            .AddInMemoryCollection([new("AWS_LAMBDA_FUNCTION_NAME", name), new("LACE_STAGE", stage)])
            .Build();
        Assert.Equal(new TelemetryLabels(function, labelled), TelemetryLabels.Read(environment));
    }

    [Fact]
    public async Task An_attestation_a_throttle_and_a_used_up_plan_are_counted_and_no_line_names_a_tenant()
    {
        await using var app = await LaceApp.StartAsync(clock);
        var tenant = await app.NewTenantAsync(ServicePlan.Find("pilot")!);
        using var client = app.Client((await app.NewKeyAsync(tenant)).Key.Reveal());
        for (var i = 0; i < 3; i++)
        {
            await client.AttestAsync(new TestDataset(10));
        }

        await client.PostJsonAsync("/v1/attestations", TestDataset.Create).ProblemAsync(402, "quota_exceeded");
        while ((await client.GetAsync("/v1/attestations", Cancel)).StatusCode == HttpStatusCode.OK) { }

        await LoggedAsync(app, "rate_limited");
        await LoggedAsync(app, "quota_exceeded");
        Assert.Equal(
            (3, 1, 1),
            (Sum(app.Log, "Attestations"), Sum(app.Log, "QuotaRefusals"), Sum(app.Log, "Throttles"))
        );
        Assert.DoesNotContain(tenant.Value, app.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_over_the_privacy_budget_is_counted_and_the_epsilon_that_was_spent_measured()
    {
        await using var app = await LaceApp.StartAsync();
        app.AddModel();
        var tenant = await TrainTenant.CreateAsync(app);
        var id = await tenant.Client.NewTrainingAsync(Trainings.PrivateClient("dp_config.target_epsilon", 0.0001));
        await tenant
            .Client.PostAsync($"/v1/training_clients/{id}/optim_step", [])
            .TrainProblemAsync(400, "DP_BUDGET_EXCEEDED");
        await LoggedAsync(app, "DP_BUDGET_EXCEEDED");
        Assert.Equal(1, Sum(app.Log, "BudgetRefusals"));
        Assert.Single(EmfLine.Of(app.Log), line => line.Named == "EpsilonSpent");
    }

    [Fact]
    public async Task A_batch_of_segments_has_its_points_its_age_and_its_forgeries()
    {
        using var world = new IngestWorld();
        var (_, script) = await world.NewRunAsync();
        var segment = script.Segment(IngestWorld.Points(0, 5)).Bodies[0];
        await world.SendAsync(segment);
        var forged = segment.ToArray();
        forged[^5] ^= 1;
        await world.SendAsync(forged);
        world.LetVisibilityPass();
        await world.Consumer().HandleBatchAsync(Cancel);
        Assert.Equal((5, 1), (Sum(world.MetricLines, "LossPoints"), Sum(world.MetricLines, "SignatureFailures")));
        var age = Assert.Single(EmfLine.Of(world.MetricLines), line => line.Named == "QueueAge");
        Assert.Equal(120, age.Value);
    }

    [Fact]
    public async Task Failures_of_store_and_keys_are_counted_apart_and_thrown_on()
    {
        var store = new MemoryStores { Around = (_, _) => throw new StorageException("The disk is gone.") };
        var metrics = New();
        var key = new ItemKey(TenantId.Service, "A", "B");
        await Assert.ThrowsAsync<StorageException>(() => new ObservedItems(store, metrics).GetAsync(key, Cancel));
        await Assert.ThrowsAsync<StorageException>(() =>
            new ObservedBlobs(store, metrics).GetAsync(new BlobKey(TenantId.Service, "a"), Cancel)
        );
        Assert.Equal((2, 0), (Sum(lines.ToString(), "StoreFailures"), Sum(lines.ToString(), "KeyFailures")));
    }

    private Metrics New() => new(lines, new TelemetryLabels("losses", "dev"), clock);

    private static double Sum(string log, string name) =>
        EmfLine.Of(log).Where(line => line.Named == name).Sum(line => line.Value);

    /// <summary>An answer is sent before its line is written.</summary>
    private static Task LoggedAsync(LaceApp app, string code) =>
        Until.HoldsAsync(() => app.Log.Contains(code, StringComparison.OrdinalIgnoreCase), $"{code} in the log");
}
