using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Functions.Access;
using Lace.Functions.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Audit;

public sealed class AuditRouteTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>
{
    private const string Route = "/v1/audit_logs";
    private const string Jsonl = Route + "?format=jsonl";

    private readonly LaceApp app = fixture.App;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_asked_for_is_in_the_chain_with_the_hash_of_its_body()
    {
        using var client = await app.NewTenantAsync();
        var id = await AttestAsync(client, TestDataset.Create, key: null);
        var reason = """{ "reason": "wrong file" }""";
        await client.PostJsonAsync($"/v1/attestations/{id}/revoke", reason).JsonAsync(HttpStatusCode.OK);
        await client.PostJsonAsync($"/v1/attestations/{id}/revoke", reason).JsonAsync(HttpStatusCode.OK);

        var entries = AuditFiles.Entries(await VerifiedAsync(client));
        Assert.Equal(
            ["key.create", "attestation.create", "attestation.revoke"],
            entries.Select(entry => Text(entry, "operation"))
        );
        Assert.Equal(Hash(""), Text(entries[0], "request_hash"));
        Assert.Equal(Hash(TestDataset.Create), Text(entries[1], "request_hash"));
        Assert.Equal(TestDataset.Create.Length, entries[1].GetProperty("request_size_bytes").GetInt64());
        Assert.Equal(("accepted", id), (Text(entries[1], "phase"), Text(entries[1], "object_id")));
        Assert.Equal(Hash(reason), Text(entries[2], "request_hash"));
    }

    [Fact]
    public async Task A_repeated_request_makes_no_second_entry()
    {
        using var client = await app.NewTenantAsync();
        var id = await AttestAsync(client, TestDataset.Create, "once");
        Assert.Equal(id, await AttestAsync(client, TestDataset.Create, "once"));
        var entries = AuditFiles.Entries(await VerifiedAsync(client));
        Assert.Equal(2, entries.Count);
        Assert.Equal(Hash(TestDataset.Create), Text(entries[1], "request_hash"));
    }

    [Fact]
    public async Task A_refused_request_makes_no_entry()
    {
        using var client = await app.NewTenantAsync();
        await client.PostJsonAsync("/v1/attestations", "{}").ProblemAsync(400, "malformed_json");
        Assert.Single(AuditFiles.Entries(await VerifiedAsync(client)));
    }

    [Fact]
    public async Task Pages_give_the_same_entries_oldest_first()
    {
        using var client = await app.NewTenantAsync();
        for (var i = 0; i < 4; i++)
        {
            await AttestAsync(client, TestDataset.Create, key: null);
        }

        var (paged, cursor) = (new List<string>(), "");
        do
        {
            var page = await client.GetAsync($"{Route}?limit=2{cursor}", Cancel).JsonAsync(HttpStatusCode.OK);
            paged.AddRange(page.GetProperty("entries").EnumerateArray().Select(entry => Text(entry, "record_hash")));
            cursor = page.TryGetProperty("next", out var next) ? $"&cursor={next.GetString()}" : "";
        } while (cursor.Length > 0);

        var whole = AuditFiles.Entries(await VerifiedAsync(client)).Select(entry => Text(entry, "record_hash"));
        Assert.Equal(whole, paged);
        Assert.Equal(5, paged.Count);
    }

    [Fact]
    public async Task Another_tenant_sees_its_own_chain_only()
    {
        using var first = await app.NewTenantAsync();
        using var second = await app.NewTenantAsync();
        var id = await AttestAsync(first, TestDataset.Create, key: null);
        Assert.Contains(id, await VerifiedAsync(first), StringComparison.Ordinal);
        Assert.DoesNotContain(id, await VerifiedAsync(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Needs_the_scope_audit()
    {
        using var client = await app.NewTenantAsync(Scope.All.Where(scope => scope != Scope.Audit).ToArray());
        await client.GetAsync(Jsonl, Cancel).ProblemAsync(403, "scope_missing");
        await app.Anonymous.GetAsync(Jsonl, Cancel).ProblemAsync(401, "key_missing");
        await app.Anonymous.GetAsync(Route + "/head", Cancel).ProblemAsync(401, "key_missing");
    }

    [Theory]
    [InlineData("?format=xml", "invalid_request")]
    [InlineData("?limit=0", "invalid_request")]
    [InlineData("?cursor=%2e%2e", "invalid_cursor")]
    public async Task Refuses_what_is_no_page(string query, string code)
    {
        using var client = await app.NewTenantAsync();
        await client.GetAsync(Route + query, Cancel).ProblemAsync(400, code);
    }

    [Fact]
    public async Task A_revoked_key_is_in_the_chain_of_its_tenant()
    {
        var (key, stored) = await app.NewKeyAsync();
        using var client = app.Client(key.Reveal());
        var (second, other) = await app.NewKeyAsync(new Lace.Platform.TenantId(stored.Tenant));
        Assert.NotNull(await app.Services.GetRequiredService<ApiKeys>().RevokeAsync(other.Id, null, Cancel));
        Assert.NotNull(await app.Services.GetRequiredService<ApiKeys>().RevokeAsync(other.Id, null, Cancel));
        var file = await VerifiedAsync(client);
        Assert.Equal(
            [("key.create", stored.Id), ("key.create", other.Id), ("key.revoke", other.Id)],
            AuditFiles.Entries(file).Select(entry => (Text(entry, "operation"), Text(entry, "object_id")))
        );
        Assert.DoesNotContain(second.Reveal(), file, StringComparison.Ordinal);
    }

    private static async Task<string> AttestAsync(HttpClient client, string body, string? key) =>
        Text(await client.PostJsonAsync("/v1/attestations", body, key).JsonAsync(HttpStatusCode.Created), "id");

    private static async Task<string> VerifiedAsync(HttpClient client)
    {
        var file = await client.GetByteArrayAsync(Jsonl, Cancel);
        Assert.Equal(AuditFault.None, AuditChainVerifier.Verify(new MemoryStream(file)).Fault);
        return Encoding.UTF8.GetString(file);
    }

    private static string Text(JsonElement entry, string member) => entry.GetProperty(member).GetString()!;

    private static string Hash(string body) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));
}
