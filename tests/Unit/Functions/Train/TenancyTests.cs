using System.Net;
using System.Text.Json.Nodes;

namespace Lace.Tests.Functions.Train;

/// <summary>Another tenant's ids are not there, on any route, in the words for what is not there at all.</summary>
public sealed class TenancyTests(TrainAppFixture fixture) : IClassFixture<TrainAppFixture>
{
    private const string NoClient = "TRAINING_CLIENT_NOT_FOUND";
    private const string NoFuture = "FUTURE_NOT_FOUND";
    private const string NoArtifact = "ARTIFACT_NOT_FOUND";

    private readonly LaceApp app = fixture.App;

    public static TheoryData<string, string, string, string> Routes =>
        new()
        {
            { "GET", "training_clients/{tc}", "", NoClient },
            { "DELETE", "training_clients/{tc}", "", NoClient },
            { "GET", "training_clients/{tc}/dp_metrics", "", NoClient },
            { "POST", "training_clients/{tc}/forward_backward", Trainings.Batch().ToJsonString(), NoClient },
            { "POST", "training_clients/{tc}/forward", Trainings.Batch().ToJsonString(), NoClient },
            { "POST", "training_clients/{tc}/optim_step", "{}", NoClient },
            { "POST", "training_clients/{tc}/train_step", "{}", NoClient },
            { "POST", "training_clients/{tc}/sample", "{\"prompts\":[\"a\"]}", NoClient },
            { "POST", "training_clients/{tc}/save_state", "{}", NoClient },
            { "POST", "training_clients/{tc}/load_state", "{\"artifact_id\":\"{art}\"}", NoClient },
            { "GET", "futures/{fut}", "", NoFuture },
            { "GET", "futures/{fut}/result", "", NoFuture },
            { "POST", "futures/{fut}/cancel", "", NoFuture },
            { "GET", "artifacts/{art}", "", NoArtifact },
            { "GET", "artifacts/{art}/content", "", NoArtifact },
            { "GET", "artifacts/{art}/certificate", "", NoArtifact },
        };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_foreign_id_is_answered_as_one_that_is_not_there(
        string method,
        string route,
        string body,
        string code
    )
    {
        var owner = await TrainTenant.CreateAsync(app);
        var stranger = await TrainTenant.CreateAsync(app);
        var tc = await owner.Client.NewTrainingAsync();
        var fut = await owner.Client.AcceptedAsync(tc, "optim_step", []);
        var (art, _) = await MadeArtifact.CreateAsync(app, owner.Id, tc, [1, 2, 3]);

        var foreign = await AskAsync(stranger.Client, tc, fut, art).TrainProblemAsync(404, code);
        var missing = await AskAsync(
                stranger.Client,
                "tc-20200101-000000-aaaaaa",
                "fut-20200101-000000-aaaaaa-0000000001",
                "art-20200101-000000-aaaaaa"
            )
            .TrainProblemAsync(404, code);
        Assert.Equal(missing.GetProperty("detail").GetString(), foreign.GetProperty("detail").GetString());
        foreach (var id in (string[])["x", "..%2F..", "tc-20200101-000000-%2e%2e", "%00", "tc-20200101-000000-AAAAAA"])
        {
            var answer = await AskAsync(stranger.Client, id, id, "art-20200101-000000-aaaaaa");
            Assert.Contains((int)answer.StatusCode, (int[])[400, 404, 405]);
        }

        // Nothing of it happened to the owner.
        var seen = await owner.Client.GetAsync($"/v1/training_clients/{tc}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(1, seen.GetProperty("pending").GetInt32());
        Assert.NotEqual("terminated", seen.GetProperty("status").GetString());

        Task<HttpResponseMessage> AskAsync(HttpClient client, string tcId, string futId, string artId)
        {
            string Filled(string text) =>
                text.Replace("{tc}", tcId, StringComparison.Ordinal)
                    .Replace("{fut}", futId, StringComparison.Ordinal)
                    .Replace("{art}", artId, StringComparison.Ordinal);
            return method switch
            {
                "GET" => client.GetAsync($"/v1/{Filled(route)}"),
                "DELETE" => client.DeleteAsync($"/v1/{Filled(route)}"),
                _ => client.PostJsonAsync($"/v1/{Filled(route)}", Filled(body)),
            };
        }
    }

    [Fact]
    public async Task Lists_and_the_audit_trail_show_ones_own_alone()
    {
        var owner = await TrainTenant.CreateAsync(app);
        var stranger = await TrainTenant.CreateAsync(app);
        var tc = await owner.Client.NewTrainingAsync();
        await MadeArtifact.CreateAsync(app, owner.Id, tc, [1]);
        var clients = await stranger.Client.GetAsync("/v1/training_clients").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(0, clients.GetArrayLength());
        var artifacts = await stranger.Client.GetAsync("/v1/artifacts").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(0, artifacts.GetProperty("items").GetArrayLength());
        var entries = await stranger
            .Client.GetAsync($"/v1/audit_logs?training_client_id={tc}")
            .JsonAsync(HttpStatusCode.OK);
        Assert.Equal(0, entries.GetArrayLength());
    }

    [Fact]
    public async Task A_foreign_artifact_is_not_loaded_into_ones_own_client()
    {
        var owner = await TrainTenant.CreateAsync(app);
        var stranger = await TrainTenant.CreateAsync(app);
        var (art, _) = await MadeArtifact.CreateAsync(app, owner.Id, await owner.Client.NewTrainingAsync(), [1]);
        var tc = await stranger.Client.NewTrainingAsync();
        await stranger
            .Client.PostAsync($"/v1/training_clients/{tc}/load_state", new JsonObject { ["artifact_id"] = art })
            .TrainProblemAsync(404, NoArtifact);
    }

    [Fact]
    public async Task Without_a_key_with_a_wrong_one_and_without_the_scope_nothing_is_answered()
    {
        await app.Anonymous.GetAsync("/v1/training_clients").TrainProblemAsync(401, "AUTHENTICATION_REQUIRED");
        using var unknown = app.Client("lace_prod_sk_" + new string('a', 43));
        await unknown.GetAsync("/v1/futures/x").TrainProblemAsync(401, "INVALID_API_KEY");
        using var other = await app.NewTenantAsync("attest", "audit");
        await other
            .PostAsync("/api/v1/training_clients", Trainings.Client())
            .TrainProblemAsync(403, "PERMISSION_DENIED");
    }
}
