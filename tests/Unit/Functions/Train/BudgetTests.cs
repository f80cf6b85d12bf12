using System.Net;
using System.Text.Json.Nodes;
using Lace.Privacy;

namespace Lace.Tests.Functions.Train;

/// <summary>The budget over HTTP: reserved, spent, never exceeded, reported as it is.</summary>
public sealed class BudgetTests(TrainAppFixture fixture) : IClassFixture<TrainAppFixture>
{
    private const double Delta = 1e-5;
    private const double Rate = 0.004;

    private readonly LaceApp app = fixture.App;

    /// <summary>A budget for exactly so many steps by RDP.</summary>
    private static double EpsilonOf(int steps) =>
        Accountant.Rdp.Epsilon(PrivacyHistory.Of(new SampledGaussian(Rate, 1), steps), Delta);

    [Fact]
    public async Task A_step_that_would_exceed_the_budget_is_refused_and_charges_nothing()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var id = await tenant.Client.NewTrainingAsync(
            Trainings.PrivateClient("dp_config.target_epsilon", EpsilonOf(3) + 1e-9)
        );
        for (var i = 0; i < 3; i++)
        {
            await tenant.Client.AcceptedAsync(id, "optim_step", []);
        }

        await tenant
            .Client.PostAsync($"/v1/training_clients/{id}/optim_step", [])
            .TrainProblemAsync(400, "DP_BUDGET_EXCEEDED");
        await tenant.Client.AcceptedAsync(id, "forward_backward", Trainings.Batch());
        await tenant.Worker.RunAsync(id);
        var metrics = await tenant
            .Client.GetAsync($"/v1/training_clients/{id}/dp_metrics")
            .JsonAsync(HttpStatusCode.OK);
        Assert.Equal(3, metrics.GetProperty("num_steps").GetInt64());
        Assert.Equal(EpsilonOf(3), metrics.GetProperty("total_epsilon").GetDouble(), 12);
        Assert.Equal(EpsilonOf(3), metrics.GetProperty("epsilon_spent").GetDouble(), 12);
        Assert.InRange(metrics.GetProperty("epsilon_remaining").GetDouble(), 0, 2e-9);
        await tenant
            .Client.PostAsync($"/v1/training_clients/{id}/optim_step", new JsonObject { ["seq_id"] = 9 })
            .TrainProblemAsync(400, "DP_BUDGET_EXCEEDED");
    }

    [Fact]
    public async Task Of_ten_callers_that_race_for_the_last_step_one_gets_it()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var id = await tenant.Client.NewTrainingAsync(
            Trainings.PrivateClient("dp_config.target_epsilon", EpsilonOf(1) + 1e-9)
        );
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => tenant.Client.PostAsync($"/v1/training_clients/{id}/optim_step", []))
        );
        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.Accepted));
        foreach (var answer in answers.Where(answer => answer.StatusCode != HttpStatusCode.Accepted))
        {
            await Task.FromResult(answer).TrainProblemAsync(400, "DP_BUDGET_EXCEEDED");
        }

        await tenant.Worker.RunAsync(id);
        var metrics = await tenant
            .Client.GetAsync($"/v1/training_clients/{id}/dp_metrics")
            .JsonAsync(HttpStatusCode.OK);
        Assert.Equal(1, metrics.GetProperty("steps").GetInt64());
    }

    [Fact]
    public async Task A_step_that_is_sent_again_is_charged_once()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var id = await tenant.Client.NewTrainingAsync(
            Trainings.PrivateClient("dp_config.target_epsilon", EpsilonOf(1) + 1e-9)
        );
        var body = new JsonObject { ["seq_id"] = 1 };
        var futures = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => tenant.Client.AcceptedAsync(id, "optim_step", body))
        );
        Assert.Single(futures.Distinct());
        Assert.Equal(1, await tenant.Worker.RunAsync(id));
        Assert.Equal(futures[0], await tenant.Client.AcceptedAsync(id, "optim_step", body));
        var metrics = await tenant
            .Client.GetAsync($"/v1/training_clients/{id}/dp_metrics")
            .JsonAsync(HttpStatusCode.OK);
        Assert.Equal(1, metrics.GetProperty("steps").GetInt64());
    }

    [Fact]
    public async Task Both_accountants_and_the_level_are_of_the_stored_ledger()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var id = await tenant.Client.NewTrainingAsync(Trainings.PrivateClient("dp_config.accountant_type", "prv"));
        var none = await tenant.Client.GetAsync($"/v1/training_clients/{id}/dp_metrics").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("none", none.GetProperty("sampling").GetString());
        Assert.Equal(0, none.GetProperty("epsilon_spent").GetDouble());
        await tenant.Client.AcceptedAsync(id, "optim_step", []);
        await tenant.Worker.RunAsync(id);
        var metrics = await tenant
            .Client.GetAsync($"/v1/training_clients/{id}/dp_metrics")
            .JsonAsync(HttpStatusCode.OK);
        var history = PrivacyHistory.Of(new SampledGaussian(Rate, 1), 1);
        var accountants = metrics.GetProperty("accountants");
        Assert.Equal(Accountant.Rdp.Epsilon(history, Delta), accountants.GetProperty("rdp").GetDouble(), 12);
        Assert.Equal(Accountant.Pld.Epsilon(history, Delta), accountants.GetProperty("pld").GetDouble(), 12);
        Assert.Equal(accountants.GetProperty("pld").GetDouble(), metrics.GetProperty("epsilon_spent").GetDouble());
        Assert.Equal("declared", metrics.GetProperty("sampling").GetString());
        Assert.Equal("strong", metrics.GetProperty("privacy_level").GetString());
        Assert.Equal("record", metrics.GetProperty("unit").GetString());
        Assert.Equal("add_or_remove_one", metrics.GetProperty("neighbours").GetString());
        Assert.Equal(1000, metrics.GetProperty("dataset_size").GetInt64());
    }

    [Fact]
    public async Task Steps_that_the_worker_draws_are_enforced_and_a_mixture_says_so()
    {
        var folder = Directory.CreateDirectory(Path.Combine(app.Folder, "datasets"));
        await File.WriteAllLinesAsync(
            Path.Combine(folder.FullName, "budget.txt"),
            Enumerable.Range(0, 100).SelectMany(i => (string[])[$"record {i}", ""]),
            TestContext.Current.CancellationToken
        );
        var tenant = await TrainTenant.CreateAsync(app);
        var request = Trainings.PrivateClient("dataset.path", "budget.txt");
        request["dp_config"]!.AsObject().Remove("dataset_size");
        var id = await tenant.Client.NewTrainingAsync(request);
        await tenant.Client.AcceptedAsync(id, "train_step", new JsonObject { ["steps"] = 5 });
        await tenant.Worker.RunAsync(id);
        Assert.Equal(("enforced", 5L), await SamplingAsync());
        await tenant.Client.AcceptedAsync(id, "optim_step", []);
        await tenant.Worker.RunAsync(id);
        Assert.Equal(("mixed", 6L), await SamplingAsync());

        async Task<(string?, long)> SamplingAsync()
        {
            var metrics = await tenant
                .Client.GetAsync($"/v1/training_clients/{id}/dp_metrics")
                .JsonAsync(HttpStatusCode.OK);
            return (metrics.GetProperty("sampling").GetString(), metrics.GetProperty("steps").GetInt64());
        }
    }

    [Fact]
    public async Task Without_privacy_there_is_nothing_to_report()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var id = await tenant.Client.NewTrainingAsync();
        await tenant
            .Client.GetAsync($"/v1/training_clients/{id}/dp_metrics")
            .TrainProblemAsync(422, "VALIDATION_ERROR");
    }
}
