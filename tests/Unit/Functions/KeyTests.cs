using System.Net;
using System.Text;
using Lace.Functions.Access;
using Lace.Functions.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions;

public sealed class KeyTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>
{
    private const string Route = "/v1/attestations";

    private readonly LaceApp app = fixture.App;

    [Fact]
    public async Task Refuses_a_request_without_a_key_and_says_how_to_send_one()
    {
        var answer = await app.Anonymous.GetAsync(Route);
        await answer.ProblemAsync(401, "key_missing");
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("lace_prod_sk_")]
    [InlineData("lace_prod_sk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("lace_prod_sk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("lace_prod_sk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("something else")]
    public async Task Refuses_a_key_that_it_never_gave_out(string key)
    {
        using var client = app.Client(key);
        await client.GetAsync(Route).ProblemAsync(401, "key_unknown");
    }

    [Fact]
    public async Task Takes_the_key_in_either_header_but_not_two_different_ones()
    {
        var (key, _) = await app.NewKeyAsync();
        var (other, _) = await app.NewKeyAsync();
        await Send(null, key.Reveal()).JsonAsync(HttpStatusCode.OK);
        await Send($"Bearer {key.Reveal()}", null).JsonAsync(HttpStatusCode.OK);
        await Send($"bearer {key.Reveal()}", key.Reveal()).JsonAsync(HttpStatusCode.OK);
        await Send($"Bearer {key.Reveal()}", other.Reveal()).ProblemAsync(401, "key_unknown");
        await Send($"Basic {key.Reveal()}", null).ProblemAsync(401, "key_unknown");
    }

    [Fact]
    public async Task A_revoked_key_ends_at_once_and_is_told_so()
    {
        var (key, stored) = await app.NewKeyAsync();
        using var client = app.Client(key.Reveal());
        await client.GetAsync(Route).JsonAsync(HttpStatusCode.OK);
        await app.Services.GetRequiredService<ApiKeys>().RevokeAsync(stored.Id);
        await client.GetAsync(Route).ProblemAsync(401, "key_revoked");
        await client.PostJsonAsync(Route, TestDataset.Create).ProblemAsync(401, "key_revoked");
    }

    [Fact]
    public async Task A_key_without_the_scope_is_valid_but_forbidden()
    {
        using var client = await app.NewTenantAsync(Scope.All.Where(scope => scope != Scope.Attest).ToArray());
        await client.GetAsync(Route).ProblemAsync(403, "scope_missing");
        await client.PostJsonAsync(Route, TestDataset.Create).ProblemAsync(403, "scope_missing");
    }

    [Fact]
    public async Task Neither_the_store_nor_the_log_holds_a_key_or_a_tenant_in_the_log()
    {
        await using var own = await LaceApp.StartAsync();
        var (key, stored) = await own.NewKeyAsync();
        using var client = own.Client(key.Reveal());
        await client.BeginAsync();
        await client.GetAsync($"{Route}/{key.Reveal()}").ProblemAsync(404, "not_found");
        await client.GetAsync($"/{key.Reveal()}").ProblemAsync(404, "route_not_found");
        await own.RestartAsync();

        var secret = Encoding.ASCII.GetBytes(key.Reveal()[ApiKey.Prefix.Length..]);
        var files = Directory.EnumerateFiles(own.Folder, "*", SearchOption.AllDirectories);
        foreach (var file in files.Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes);
            Assert.True(bytes.AsSpan().IndexOf(secret) < 0, file);
        }

        Assert.DoesNotContain(key.Reveal(), own.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(stored.Tenant, own.Log, StringComparison.Ordinal);
        Assert.Contains("request_finished", own.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_show_the_last_four_characters()
    {
        var (key, stored) = await app.NewKeyAsync();
        var listed = await app.Services.GetRequiredService<ApiKeys>().ListAsync();
        var found = Assert.Single(listed, k => k.Id == stored.Id);
        Assert.Equal(key.Reveal()[^4..], found.LastFour);
        Assert.DoesNotContain(key.Reveal(), key.ToString(), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> Send(string? authorization, string? header)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Route);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Api-Key", header);
        }

        return app.Anonymous.SendAsync(request);
    }
}
