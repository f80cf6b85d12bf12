using System.CommandLine;
using System.Text.Json;

namespace Lace.Tests.Functions.Admin;

/// <summary><c>lace admin</c> against the real application.</summary>
public sealed class AdminCommandTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>, IAsyncLifetime
{
    private readonly LaceApp app = fixture.App;
    private string key = "";

    public async ValueTask InitializeAsync()
    {
        using var admin = await app.OperatorAsync();
        key = admin.DefaultRequestHeaders.Authorization!.Parameter!;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_tenants_life_from_its_first_key_to_its_end()
    {
        var made = await JsonAsync("tenant", "create", "Acme & Sons", "--plan", "starter");
        var tenant = Text(made, "id");
        Assert.Equal(("Acme & Sons", "starter"), (Text(made, "name"), Text(made, "plan")));
        var (_, secret, _) = await LaceAsync("key", "create", tenant, "--label", "ci", "--scopes", "attest,ingest");
        using var client = app.Client(secret.Trim());
        await client.AttestAsync(new TestDataset(10));

        var (_, shown, _) = await LaceAsync("tenant", "show", tenant);
        Assert.Contains("attestations      1 of 10, until ", shown, StringComparison.Ordinal);
        Assert.Contains("600 a minute", shown, StringComparison.Ordinal);
        Assert.Equal("growth", Text(await JsonAsync("tenant", "set-plan", tenant, "growth"), "plan"));
        Assert.Equal("suspended", Text(await JsonAsync("tenant", "suspend", tenant), "status"));
        await client.GetAsync("/v1/attestations").ProblemAsync(403, "tenant_suspended");
        Assert.Equal("active", Text(await JsonAsync("tenant", "resume", tenant), "status"));

        var listed = (await JsonAsync("key", "list", tenant)).GetProperty("keys")[0];
        Assert.Equal("ci", Text(listed, "label"));
        Assert.True((await JsonAsync("key", "revoke", Text(listed, "id"))).TryGetProperty("revoked_at", out _));
        await client.GetAsync("/v1/attestations").ProblemAsync(401, "key_revoked");
        var (_, keys, _) = await LaceAsync("key", "list", tenant);
        Assert.Contains("revoked", keys, StringComparison.Ordinal);

        Assert.Equal("deleted", Text(await JsonAsync("tenant", "delete", tenant, "--yes", tenant), "status"));
        var (_, list, _) = await LaceAsync("tenant", "list");
        var line = Assert.Single(list.Split('\n'), one => one.StartsWith(tenant, StringComparison.Ordinal));
        Assert.Contains("deleted", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_more_than_a_page_is_whole()
    {
        var before = (await JsonAsync("tenant", "list")).GetProperty("tenants").GetArrayLength();
        using var admin = app.Client(key);
        for (var i = 0; i < 101; i++)
        {
            await admin.NewTenantAsync();
        }

        Assert.Equal(before + 101, (await JsonAsync("tenant", "list")).GetProperty("tenants").GetArrayLength());
    }

    [Fact]
    public async Task A_key_ends_at_its_time()
    {
        var tenant = Text(await JsonAsync("tenant", "create", "x"), "id");
        var made = await JsonAsync("key", "create", tenant, "--expires", "2999-01-01");
        Assert.Equal("2999-01-01T00:00:00+00:00", Text(made.GetProperty("key"), "expires_at"));
    }

    [Theory]
    [InlineData(2, "tenant create x --plan gold")]
    [InlineData(2, "tenant create")]
    [InlineData(2, "tenant delete tenant-abcdefghij")]
    [InlineData(2, "tenant delete tenant-abcdefghij --yes tenant-other")]
    [InlineData(2, "tenant set-plan tenant-abcdefghij platinum")]
    [InlineData(2, "key create tenant-abcdefghij --scopes operator")]
    [InlineData(2, "key create tenant-abcdefghij --expires tomorrow")]
    [InlineData(10, "tenant show tenant-abcdefghij")]
    [InlineData(10, "tenant show ../../usage")]
    [InlineData(10, "tenant delete tenant-abcdefghij --yes tenant-abcdefghij")]
    [InlineData(10, "key list tenant-abcdefghij")]
    [InlineData(10, "key revoke key-abcdefghij")]
    public async Task What_cannot_be_done_has_its_exit_code_and_one_line(int exit, string line)
    {
        var (code, output, error) = await LaceAsync(line.Split(' '));
        Assert.Equal((exit, ""), (code, output));
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_tenants_key_is_refused_with_the_code_of_authentication()
    {
        key = (await app.NewKeyAsync()).Key.Reveal();
        Assert.Equal(4, (await LaceAsync("tenant", "list")).Code);
    }

    [Fact]
    public async Task A_used_up_plan_has_a_code_of_its_own()
    {
        var tenant = Text(await JsonAsync("tenant", "create", "x", "--plan", "pilot"), "id");
        var (_, secret, _) = await LaceAsync("key", "create", tenant);
        using var client = app.Client(secret.Trim());
        for (var i = 0; i < 3; i++)
        {
            await client.AttestAsync(new TestDataset(10));
        }

        var file = Path.Combine(Directory.CreateTempSubdirectory("lace-admin-").FullName, "data.jsonl");
        await File.WriteAllTextAsync(file, "{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
        key = secret.Trim();
        var console = new InvocationConfiguration { Output = new StringWriter(), Error = new StringWriter() };
        string[] args = ["attest", "--dataset", file, "--base-url", app.Address.ToString(), "--api-key", key];
        Assert.Equal(17, await Lace.Cli.Program.RunAsync(args, console));
        Assert.Contains("3 attestations a month", console.Error.ToString(), StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private async Task<JsonElement> JsonAsync(params string[] args)
    {
        var (code, output, error) = await LaceAsync([.. args, "--json"]);
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }

    private async Task<(int Code, string Output, string Error)> LaceAsync(params string[] args)
    {
        var console = new InvocationConfiguration { Output = new StringWriter(), Error = new StringWriter() };
        string[] all = ["admin", .. args, "--base-url", app.Address.ToString(), "--api-key", key];
        var code = await Lace.Cli.Program.RunAsync(all, console);
        return (code, console.Output.ToString()!, console.Error.ToString()!);
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
