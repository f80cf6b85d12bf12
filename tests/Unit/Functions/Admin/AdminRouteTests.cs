using System.Net;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Admin;

public sealed class AdminRouteTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>, IAsyncLifetime
{
    private const string Route = AdminWorld.Route;
    private const string Attestations = "/v1/attestations";

    private readonly LaceApp app = fixture.App;
    private HttpClient admin = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => admin = await app.OperatorAsync();

    public ValueTask DisposeAsync()
    {
        admin.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_tenant_that_the_operator_makes_works_with_the_key_that_he_makes()
    {
        var tenant = await admin.NewTenantAsync("pilot");
        var (key, id) = await admin.NewKeyAsync(tenant, """{"label":"ci","scopes":["attest"]}""");
        using var client = app.Client(key);
        await client.AttestAsync(new TestDataset(10));

        var shown = await admin.TenantAsync(tenant);
        Assert.Equal(("pilot", "active"), (Text(shown, "plan"), Text(shown, "status")));
        var used = shown.GetProperty("usage").GetProperty("quotas").GetProperty("attestations");
        Assert.Equal((1, 3), (used.GetProperty("used").GetInt32(), used.GetProperty("limit").GetInt32()));

        var keys = await admin.GetAsync($"{Route}/{tenant}/keys", Cancel).JsonAsync(HttpStatusCode.OK);
        var listed = Assert.Single(keys.GetProperty("keys").EnumerateArray().ToArray());
        Assert.Equal((id, "ci", key[^4..]), (Text(listed, "id"), Text(listed, "label"), Text(listed, "last_four")));
        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", Text(listed, "last_used"));
        Assert.DoesNotContain(key, keys.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tenants_come_in_pages_and_each_once()
    {
        for (var i = 0; i < 5; i++)
        {
            await admin.NewTenantAsync();
        }

        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = await admin.GetAsync($"{Route}?limit=2&cursor={cursor}", Cancel).JsonAsync(HttpStatusCode.OK);
            ids.AddRange(page.GetProperty("tenants").EnumerateArray().Select(tenant => Text(tenant, "id")));
            cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        } while (cursor is not null);

        Assert.Equal(ids.Distinct().Count(), ids.Count);
        Assert.True(ids.Count >= 5);
    }

    [Fact]
    public async Task A_plan_that_is_set_holds_at_once_for_quotas()
    {
        var tenant = await admin.NewTenantAsync("pilot");
        using var client = app.Client((await admin.NewKeyAsync(tenant)).Key);
        for (var i = 0; i < 3; i++)
        {
            await client.AttestAsync(new TestDataset(10));
        }

        await client.PostJsonAsync(Attestations, TestDataset.Create).ProblemAsync(402, "quota_exceeded");
        await PutAsync($"{Route}/{tenant}/plan", """{"plan":"growth"}""").JsonAsync(HttpStatusCode.OK);
        await client.AttestAsync(new TestDataset(10));
        await PutAsync($"{Route}/{tenant}/plan", """{"plan":"starter"}""").JsonAsync(HttpStatusCode.OK);
        var usage = await client.GetAsync("/v1/usage", Cancel).JsonAsync(HttpStatusCode.OK);
        Assert.Equal("starter", Text(usage, "plan"));
        Assert.Equal(4, usage.GetProperty("quotas").GetProperty("attestations").GetProperty("used").GetInt32());
    }

    [Fact]
    public async Task A_suspended_tenants_keys_open_nothing_until_it_is_resumed()
    {
        var tenant = await admin.NewTenantAsync();
        using var client = app.Client((await admin.NewKeyAsync(tenant)).Key);
        await client.GetAsync(Attestations, Cancel).JsonAsync(HttpStatusCode.OK);
        var suspended = await admin.PostJsonAsync($"{Route}/{tenant}/suspend", "").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("suspended", Text(suspended, "status"));
        await client.GetAsync(Attestations, Cancel).ProblemAsync(403, "tenant_suspended");
        await client.GetAsync("/v1/usage", Cancel).ProblemAsync(403, "tenant_suspended");
        var again = await admin.PostJsonAsync($"{Route}/{tenant}/suspend", "").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(Text(suspended, "suspended_at"), Text(again, "suspended_at"));
        await admin.PostJsonAsync($"{Route}/{tenant}/resume", "").JsonAsync(HttpStatusCode.OK);
        await client.GetAsync(Attestations, Cancel).JsonAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_deleted_tenant_has_no_keys_any_more_of_either_kind()
    {
        var tenant = await admin.NewTenantAsync();
        var id = new TenantId(tenant);
        using var client = app.Client((await admin.NewKeyAsync(tenant)).Key);
        var keys = app.Services.GetRequiredService<IKeyService>();
        using var wrapped = await keys.GenerateDataKeyAsync(id, "something", Cancel);

        await admin.DeleteAsync($"{Route}/{tenant}", Cancel).ProblemAsync(400, "confirmation_missing");
        await admin
            .DeleteAsync($"{Route}/{tenant}?confirm=tenant-other", Cancel)
            .ProblemAsync(400, "confirmation_missing");
        using (var open = await keys.UnwrapDataKeyAsync(id, "something", wrapped.Wrapped, Cancel))
        {
            Assert.NotNull(open);
        }

        for (var i = 0; i < 2; i++)
        {
            var deleted = await admin
                .DeleteAsync($"{Route}/{tenant}?confirm={tenant}", Cancel)
                .JsonAsync(HttpStatusCode.OK);
            Assert.Equal("deleted", Text(deleted, "status"));
        }

        await client.GetAsync(Attestations, Cancel).ProblemAsync(401, "key_revoked");
        Assert.Null(await keys.UnwrapDataKeyAsync(id, "something", wrapped.Wrapped, Cancel));
        await admin.PostJsonAsync($"{Route}/{tenant}/keys", "{}").ProblemAsync(409, "tenant_deleted");
        await admin.PostJsonAsync($"{Route}/{tenant}/suspend", "").ProblemAsync(409, "tenant_deleted");
        await admin.PostJsonAsync($"{Route}/{tenant}/resume", "").ProblemAsync(409, "tenant_deleted");
        await PutAsync($"{Route}/{tenant}/plan", """{"plan":"growth"}""").ProblemAsync(409, "tenant_deleted");
    }

    [Fact]
    public async Task A_revoked_key_is_answered_the_same_again()
    {
        var tenant = await admin.NewTenantAsync();
        var (key, id) = await admin.NewKeyAsync(tenant);
        using var client = app.Client(key);
        for (var i = 0; i < 2; i++)
        {
            var revoked = await admin.PostJsonAsync($"/v1/admin/keys/{id}/revoke", "").JsonAsync(HttpStatusCode.OK);
            Assert.Equal(tenant, Text(revoked, "tenant"));
        }

        await client.GetAsync(Attestations, Cancel).ProblemAsync(401, "key_revoked");
    }

    [Fact]
    public async Task No_key_of_a_tenant_opens_the_operators_routes_and_no_operators_key_a_tenants()
    {
        var tenant = await admin.NewTenantAsync();
        using var client = app.Client((await admin.NewKeyAsync(tenant)).Key);
        foreach (
            var (method, path) in ((HttpMethod, string)[])
                [
                    (HttpMethod.Get, Route),
                    (HttpMethod.Post, Route),
                    (HttpMethod.Get, $"{Route}/{tenant}"),
                    (HttpMethod.Put, $"{Route}/{tenant}/plan"),
                    (HttpMethod.Post, $"{Route}/{tenant}/suspend"),
                    (HttpMethod.Post, $"{Route}/{tenant}/resume"),
                    (HttpMethod.Delete, $"{Route}/{tenant}?confirm={tenant}"),
                    (HttpMethod.Post, $"{Route}/{tenant}/keys"),
                    (HttpMethod.Get, $"{Route}/{tenant}/keys"),
                    (HttpMethod.Post, "/v1/admin/keys/key-something/revoke"),
                ]
        )
        {
            await client.SendAsync(new HttpRequestMessage(method, path), Cancel).ProblemAsync(403, "scope_missing");
            await app
                .Anonymous.SendAsync(new HttpRequestMessage(method, path), Cancel)
                .ProblemAsync(401, "key_missing");
        }

        foreach (var path in (string[])[Attestations, "/v1/runs", "/v1/audit_logs", "/v1/usage"])
        {
            await admin.GetAsync(path, Cancel).ProblemAsync(403, "scope_missing");
        }
    }

    [Theory]
    [InlineData("""{"name":"x","plan":"gold"}""")]
    [InlineData("""{"name":"","plan":"pilot"}""")]
    [InlineData("""{"name":"a\u0007b","plan":"pilot"}""")]
    [InlineData("""{"name":"x","plan":"Pilot"}""")]
    public async Task Refuses_a_tenant_that_cannot_be(string body) =>
        await admin.PostJsonAsync(Route, body).ProblemAsync(400, "invalid_request");

    [Theory]
    [InlineData("""{"name":"x"}""")]
    [InlineData("""{"name":"x","plan":"pilot","operator":true}""")]
    [InlineData("""{"name":null,"plan":"pilot"}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task Refuses_a_body_that_is_no_tenant(string body) =>
        await admin.PostJsonAsync(Route, body).ProblemAsync(400, "malformed_json");

    [Theory]
    [InlineData("""{"scopes":["operator"]}""")]
    [InlineData("""{"scopes":["attest","operator"]}""")]
    [InlineData("""{"scopes":[]}""")]
    [InlineData("""{"scopes":["attest","attest"]}""")]
    [InlineData("""{"expires_at":"2020-01-01T00:00:00Z"}""")]
    [InlineData("""{"label":"a\nb"}""")]
    public async Task Refuses_a_key_that_cannot_be(string body)
    {
        var tenant = await admin.NewTenantAsync();
        await admin.PostJsonAsync($"{Route}/{tenant}/keys", body).ProblemAsync(400, "invalid_request");
        var keys = await admin.GetAsync($"{Route}/{tenant}/keys", Cancel).JsonAsync(HttpStatusCode.OK);
        Assert.Empty(keys.GetProperty("keys").EnumerateArray());
    }

    [Theory]
    [InlineData("tenant-nobody")]
    [InlineData("operator")]
    [InlineData("service")]
    [InlineData("tenant-..x")]
    [InlineData("TENANT-ABC")]
    public async Task An_id_of_nobody_is_not_found(string id)
    {
        await admin.GetAsync($"{Route}/{id}", Cancel).ProblemAsync(404, "not_found");
        await admin.PostJsonAsync($"{Route}/{id}/keys", "{}").ProblemAsync(404, "not_found");
        await admin.GetAsync($"{Route}/{id}/keys", Cancel).ProblemAsync(404, "not_found");
        await admin.PostJsonAsync($"{Route}/{id}/suspend", "").ProblemAsync(404, "not_found");
        await PutAsync($"{Route}/{id}/plan", """{"plan":"growth"}""").ProblemAsync(404, "not_found");
        await admin.DeleteAsync($"{Route}/{id}?confirm={id}", Cancel).ProblemAsync(404, "not_found");
        await admin.PostJsonAsync($"/v1/admin/keys/{id}/revoke", "").ProblemAsync(404, "not_found");
    }

    [Fact]
    public async Task A_tenant_that_is_made_again_under_one_idempotency_key_is_made_once()
    {
        var key = Guid.NewGuid().ToString();
        const string Body = """{"name":"once","plan":"pilot"}""";
        var first = await admin.PostJsonAsync(Route, Body, key).JsonAsync(HttpStatusCode.Created);
        var again = await admin.PostJsonAsync(Route, Body, key).JsonAsync(HttpStatusCode.Created);
        Assert.Equal(Text(first, "id"), Text(again, "id"));
    }

    [Fact]
    public async Task What_the_operator_did_is_in_his_chain_and_what_he_did_to_keys_in_the_tenants()
    {
        var tenant = await admin.NewTenantAsync();
        var (_, key) = await admin.NewKeyAsync(tenant);
        await PutAsync($"{Route}/{tenant}/plan", """{"plan":"growth"}""").JsonAsync(HttpStatusCode.OK);
        await PutAsync($"{Route}/{tenant}/plan", """{"plan":"growth"}""").JsonAsync(HttpStatusCode.OK);
        await admin.PostJsonAsync($"{Route}/{tenant}/suspend", "").JsonAsync(HttpStatusCode.OK);
        await admin.PostJsonAsync($"{Route}/{tenant}/resume", "").JsonAsync(HttpStatusCode.OK);
        await admin.DeleteAsync($"{Route}/{tenant}?confirm={tenant}", Cancel).JsonAsync(HttpStatusCode.OK);

        Assert.Equal(
            ["tenant.create", "tenant.set_plan", "tenant.suspend", "tenant.resume", "tenant.delete"],
            (await ChainAsync(Tenants.Operator))
                .Where(e => Text(e, "object_id") == tenant)
                .Select(e => Text(e, "operation"))
        );
        Assert.Equal(
            [("key.create", key), ("key.revoke", key)],
            (await ChainAsync(new TenantId(tenant))).Select(e => (Text(e, "operation"), Text(e, "object_id")))
        );
    }

    [Fact]
    public async Task The_operators_chain_has_signed_heads_as_a_tenants()
    {
        await admin.NewTenantAsync();
        await app.Services.GetRequiredService<Lace.Functions.Audit.AuditHeads>().SignGrownAsync(Cancel);
        var newest = await app
            .Services.GetRequiredService<Lace.Records.Notary.SignedStatements>()
            .NewestAsync(Tenants.Operator, "audit", Lace.Records.Notary.StatementKinds.AuditHead, Cancel);
        Assert.NotNull(newest);
    }

    private async Task<JsonElement[]> ChainAsync(TenantId tenant)
    {
        var file = new MemoryStream();
        await foreach (
            var lines in new AuditEntries(app.Services.GetRequiredService<IItemStore>()).JsonLinesAsync(tenant, Cancel)
        )
        {
            file.Write(lines.Span);
        }

        file.Position = 0;
        Assert.Equal(AuditFault.None, AuditChainVerifier.Verify(file).Fault);
        return
        [
            .. Encoding
                .UTF8.GetString(file.ToArray())
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];
    }

    private Task<HttpResponseMessage> PutAsync(string path, string body) =>
        admin.PutAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
