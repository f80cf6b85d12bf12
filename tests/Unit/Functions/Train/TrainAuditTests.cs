using System.Net;
using System.Text.Json;

namespace Lace.Tests.Functions.Train;

/// <summary>The audit trail of a training, as clients of TenSafe ask for it.</summary>
public sealed class TrainAuditTests(TrainAppFixture fixture) : IClassFixture<TrainAppFixture>
{
    private readonly LaceApp app = fixture.App;

    [Theory]
    [InlineData("/v1")]
    [InlineData("/api/v1")]
    public async Task Each_operation_is_there_when_accepted_and_when_ended(string prefix)
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var id = await tenant.Client.NewTrainingAsync();
        await tenant.Client.NewTrainingAsync();
        var future = await tenant.Client.AcceptedAsync(id, "forward_backward", Trainings.Batch());
        await tenant.Client.AcceptedAsync(id, "optim_step", []);
        await tenant.Worker.RunAsync(id);

        var all = await FindAsync($"training_client_id={id}");
        Assert.Equal(
            [
                "training_client.create completed",
                "forward_backward accepted",
                "optim_step accepted",
                "forward_backward completed",
                "optim_step completed",
            ],
            all.Select(Describe)
        );
        Assert.Equal(future, all[1].GetProperty("object_id").GetString());
        var steps = await FindAsync($"training_client_id={id}&operation=optim_step&offset=1");
        Assert.Equal(["optim_step completed"], steps.Select(Describe));
        Assert.Equal(2, (await FindAsync($"training_client_id={id}&limit=2")).Count);
        Assert.Equal(2, (await FindAsync("operation=training_client.create")).Count);
        Assert.Empty(await FindAsync("training_client_id=tc-20200101-000000-aaaaaa"));

        async Task<IReadOnlyList<JsonElement>> FindAsync(string query) =>
            [
                .. (
                    await tenant.Client.GetAsync($"{prefix}/audit_logs?{query}").JsonAsync(HttpStatusCode.OK)
                ).EnumerateArray(),
            ];
    }

    [Theory]
    [InlineData("offset=-1")]
    [InlineData("offset=0&limit=0")]
    [InlineData("offset=0&limit=1001")]
    [InlineData("offset=0&cursor=AAAA")]
    [InlineData("offset=0&format=jsonl")]
    public async Task Refuses_questions_out_of_range(string query)
    {
        var tenant = await TrainTenant.CreateAsync(app);
        await tenant.Client.GetAsync($"/v1/audit_logs?{query}").ProblemAsync(400, "invalid_request");
    }

    private static string Describe(JsonElement entry) =>
        $"{entry.GetProperty("operation").GetString()} {entry.GetProperty("phase").GetString()}";
}
