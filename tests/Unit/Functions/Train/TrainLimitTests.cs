using System.Net;

namespace Lace.Tests.Functions.Train;

/// <summary>What a plan allows.</summary>
public sealed class TrainLimitTests(TrainAppFixture fixture) : IClassFixture<TrainAppFixture>
{
    private readonly LaceApp app = fixture.App;

    [Fact]
    public async Task A_tenant_has_ten_training_clients_and_a_deleted_one_makes_room()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var ids = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            ids.Add(await tenant.Client.NewTrainingAsync());
        }

        await tenant
            .Client.PostAsync("/v1/training_clients", Trainings.Client())
            .TrainProblemAsync(429, "QUOTA_EXCEEDED");
        await tenant.Client.DeleteAsync($"/v1/training_clients/{ids[3]}").JsonAsync(HttpStatusCode.OK);
        await tenant.Client.NewTrainingAsync();
        await (await TrainTenant.CreateAsync(app)).Client.NewTrainingAsync();
    }

    [Fact]
    public async Task Callers_that_come_at_once_get_no_more_clients_than_the_plan_has()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 15).Select(_ => tenant.Client.PostAsync("/v1/training_clients", Trainings.Client()))
        );
        Assert.Equal(10, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
    }

    [Fact]
    public async Task A_full_queue_is_503_and_a_repeat_is_still_answered()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var one = await tenant.Client.NewTrainingAsync();
        var other = await tenant.Client.NewTrainingAsync();
        for (var i = 1; i <= 100; i++)
        {
            await tenant.Client.AcceptedAsync(i % 2 == 0 ? one : other, "optim_step", []);
        }

        var full = await tenant
            .Client.PostAsync($"/v1/training_clients/{one}/optim_step", [])
            .TrainProblemAsync(503, "QUEUE_FULL");
        Assert.Equal(100, full.GetProperty("error").GetProperty("details").GetProperty("pending").GetInt32());
        await tenant.Client.AcceptedAsync(one, "optim_step", new() { ["seq_id"] = 7 });
        await tenant.Worker.RunAsync(one);
        await tenant.Client.AcceptedAsync(one, "optim_step", []);
    }

    [Fact]
    public async Task Too_many_requests_are_429_with_the_time_to_wait()
    {
        await using var small = await LaceApp.StartAsync(new ManualClock(), "--plan", "pilot");
        small.AddModel();
        var tenant = await TrainTenant.CreateAsync(small);
        var answer = await tenant.Client.GetAsync("/v1/training_clients");
        Assert.Equal("300", answer.Headers.GetValues("X-RateLimit-Limit").Single());
        Assert.Equal("99", answer.Headers.GetValues("X-RateLimit-Remaining").Single());
        for (var i = 1; i < 100; i++)
        {
            answer = await tenant.Client.GetAsync("/v1/training_clients");
        }

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.NotEmpty(answer.Headers.GetValues("X-RateLimit-Warning").Single());
        var refused = await tenant.Client.PostJsonAsync("/v1/training_clients", "{");
        await Task.FromResult(refused).TrainProblemAsync(429, "RATE_LIMITED");
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        Assert.Equal("20", refused.Headers.GetValues("X-RateLimit-Reset").Single());
        var other = await TrainTenant.CreateAsync(small);
        await other.Client.GetAsync("/v1/training_clients").JsonAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_plan_that_does_not_exist_stops_the_start()
    {
        var failure = await Assert.ThrowsAsync<Lace.Functions.Hosting.SettingException>(() =>
            LaceApp.StartAsync(null, "--plan", "gold")
        );
        Assert.Contains("starter", failure.Message, StringComparison.Ordinal);
    }
}
