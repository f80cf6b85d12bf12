using System.CommandLine;
using System.Net;
using System.Text.Json;
using Lace.Functions.Access;

namespace Lace.Tests.Functions;

public sealed class KeysCommandTests : IAsyncLifetime
{
    private const string Route = "/v1/attestations";

    private LaceApp app = null!;

    public async ValueTask InitializeAsync()
    {
        app = await LaceApp.StartAsync();
        await app.AnnounceAsync();
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task A_key_made_beside_the_running_host_works_and_ends_when_it_is_revoked()
    {
        var (made, key, _) = await RunAsync("create", "--label", "ci", "--scopes", "attest");
        Assert.Equal(0, made);
        using var client = app.Client(key.Trim());
        await client.GetAsync(Route).JsonAsync(HttpStatusCode.OK);

        var (_, list, _) = await RunAsync("list");
        var lines = list.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement);
        var listed = Assert.Single(lines, line => line.GetProperty("label").GetString() == "ci");
        Assert.Equal(key.Trim()[^4..], listed.GetProperty("last_four").GetString());
        Assert.DoesNotContain(key.Trim(), list, StringComparison.Ordinal);

        var id = listed.GetProperty("id").GetString()!;
        Assert.Equal(0, (await RunAsync("revoke", id)).Exit);
        await client.GetAsync(Route).ProblemAsync(401, "key_revoked");
        Assert.Equal(0, (await RunAsync("revoke", id)).Exit);
    }

    [Theory]
    [InlineData("revoke", "key-unknown")]
    [InlineData("create", "--scopes", "everything")]
    [InlineData("create", "--tenant", "tenant-nobody")]
    public async Task Says_in_one_line_what_it_cannot_do(params string[] verb)
    {
        var (exit, output, error) = await RunAsync(verb);
        Assert.Equal(1, exit);
        Assert.Empty(output);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_not_made()
    {
        var missing = Path.Combine(app.Folder, "typo");
        var (exit, _, error) = await RunAsync("list", "--data", missing);
        Assert.Equal(1, exit);
        Assert.Contains(missing, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(missing));
    }

    [Fact]
    public async Task Rotated_signing_keys_sign_at_once_for_the_host_that_runs_and_the_old_ones_stay_in_its_policy()
    {
        var before = await KeysAsync();
        var (exit, output, _) = await RunAsync("rotate-signing");
        Assert.Equal(0, exit);
        var made = output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("algorithm").GetString());
        Assert.Equal(["ecdsa-p256-sha256", "mldsa65-ed25519"], made);
        var after = await KeysAsync();
        Assert.Equal((2, 4), (before.Length, after.Length));
        Assert.Superset(
            before.Select(key => key.GetProperty("public_key").GetString()).ToHashSet(),
            after.Select(key => key.GetProperty("public_key").GetString()).ToHashSet()
        );
        Assert.Equal(2, after.Count(key => key.GetProperty("valid_until").ValueKind == JsonValueKind.Null));
    }

    private async Task<JsonElement[]> KeysAsync()
    {
        var policy = await app.Anonymous.GetAsync("/v1/log/policy.json").JsonAsync(HttpStatusCode.OK);
        return [.. policy.GetProperty("statement_keys").EnumerateArray()];
    }

    private async Task<(int Exit, string Output, string Error)> RunAsync(params string[] verb)
    {
        string[] arguments = verb.Contains("--data") ? verb : [.. verb, "--data", app.Folder];
        var console = new InvocationConfiguration { Output = new StringWriter(), Error = new StringWriter() };
        var exit = await KeysCommand.Create().Parse(arguments).InvokeAsync(console);
        return (exit, console.Output.ToString()!, console.Error.ToString()!);
    }
}
