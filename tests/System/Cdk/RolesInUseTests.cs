using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Lace.Cdk.Functions;
using Lace.Emulator;
using Lace.Functions.Access;
using Lace.Functions.Storage;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Lace.SystemTests.Demo;
using Lace.SystemTests.Lambda;
using Lace.SystemTests.Platform.Aws;

namespace Lace.SystemTests.Cdk;

/// <summary>The deployment on this machine with the roles of the template in force: enough for the work, and nothing that the work does not need.</summary>
public sealed class RolesInUseTests(MotoFixture moto)
{
    [Fact]
    public async Task The_functions_get_by_with_their_roles()
    {
        await using var service = await MotoService.StartAsync(PublishedProgram.Path, moto.Address);
        var roles = new EnforcedRoles("prod", Deployments.Production.Roles);
        service.Front.Faults.Set(roles.Decide);
        service.Consume(TimeSpan.FromSeconds(30));
        service.Service.Tick(TimeSpan.FromSeconds(5));
        using var job = new WholeJob();
        job.Use(service.Service.Address.GetLeftPart(UriPartial.Authority), service.Key);

        try
        {
            await WorkAsync(service, job);
        }
        catch (Exception failure) when (roles.Refused.Count > 0)
        {
            Assert.Fail($"{string.Join('\n', roles.Refused)}\n{failure.Message}");
        }

        Assert.Empty(roles.Refused);
        // Every role was in force, and was needed.
        Assert.Empty(
            FunctionPlan.All.Select(plan => $"lace-prod-{plan.Name}").Except(roles.Used.Select(use => use.Role))
        );
    }

    private static async Task WorkAsync(MotoService service, WholeJob job)
    {
        await job.AttestAsync();
        using var client = new HttpClient { BaseAddress = service.Service.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", service.Key);
        await BeginRunAsync(client);
        var run = await job.RecordAsync(
            "fabricate.py",
            "--records",
            $"{WholeJob.Records}",
            "--batch",
            $"{WholeJob.Batch}"
        );
        await job.VerifyAsync(run);
        await job.LaceAsync("report", "--id", run, "--format", "md", "--out", "report.md");
        // What they answer of a run that was begun and not ended is not the question here.
        await client.PostAsync($"/v1/runs/{run}/finish", null, TestContext.Current.CancellationToken);
        await client.GetAsync($"/v1/bundles/{run}", TestContext.Current.CancellationToken);
        await job.LaceAsync("policy", "fetch");
        await job.LaceAsync("audit", "export");
        await LookAtTrainingAsync(client);
        client.DefaultRequestHeaders.Authorization = new("Bearer", await OperatorAsync(service));
        await AdministerAsync(client);
    }

    [Fact]
    public async Task A_function_that_does_more_than_its_role_allows_is_refused()
    {
        await using var service = await MotoService.StartAsync(PublishedProgram.Path, moto.Address);
        var without = Deployments.Production.Roles.Select(role =>
            role.Name == "lace-prod-verify"
                ? role with
                {
                    Statements = [.. role.Statements.Where(statement => statement.Reason != "ReadAndWriteItems")],
                }
                : role
        );
        var roles = new EnforcedRoles("prod", [.. without]);
        service.Front.Faults.Set(roles.Decide);
        using var client = new HttpClient { BaseAddress = service.Service.Address };

        var answer = await client.GetAsync("/readyz", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("lace-prod-verify: dynamodb:GetItem on <Items>", roles.Refused);
    }

    /// <summary>The first one waits for processes to start and for the log; a script that ends at once would not.</summary>
    private static async Task BeginRunAsync(HttpClient client)
    {
        var token = TestContext.Current.CancellationToken;
        var list = await client.GetFromJsonAsync<JsonElement>("/v1/attestations", token);
        var id = list.GetProperty("attestations")[0].GetProperty("id").GetString();
        HttpResponseMessage answer;
        do
        {
            answer = await client.PostAsJsonAsync("/v1/runs", new { attestation_id = id }, token);
        } while (answer.StatusCode == HttpStatusCode.ServiceUnavailable);

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(token));
    }

    /// <summary>Looks at what there is: creating a training client needs a model, which the deployment on this machine has not.</summary>
    private static async Task LookAtTrainingAsync(HttpClient client)
    {
        var token = TestContext.Current.CancellationToken;
        await client.GetAsync("/v1/training_clients", token);
        await client.GetAsync("/v1/artifacts", token);
        await client.GetAsync("/v1/audit_logs/head", token);
    }

    private static async Task AdministerAsync(HttpClient client)
    {
        var token = TestContext.Current.CancellationToken;
        var made = await client.PostAsJsonAsync("/v1/admin/tenants", new { name = "Acme", plan = "starter" }, token);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(token));
        var tenant = (await made.Content.ReadFromJsonAsync<JsonElement>(token)).GetProperty("id").GetString();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/admin/tenants/{tenant}/keys")
        {
            Content = JsonContent.Create(new { label = "ci", scopes = new[] { "attest" } }),
        };
        request.Headers.Add("Idempotency-Key", "once");
        var key = await client.SendAsync(request, token);
        Assert.True(key.IsSuccessStatusCode, await key.Content.ReadAsStringAsync(token));
        var ended = await client.DeleteAsync($"/v1/admin/tenants/{tenant}?confirm={tenant}", token);
        Assert.True(ended.IsSuccessStatusCode, await ended.Content.ReadAsStringAsync(token));
    }

    /// <summary>A key that only somebody with access to the storage can make.</summary>
    private static async Task<string> OperatorAsync(MotoService service)
    {
        var keys = new ApiKeys(
            service.Platform.Items,
            new AuditTrail(service.Platform.Items, TimeProvider.System),
            TimeProvider.System
        );
        var (key, _) = await keys.CreateAsync(Tenants.Operator, "test", [Scope.Operator]);
        return key.Reveal();
    }
}
