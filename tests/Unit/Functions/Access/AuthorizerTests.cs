using System.Text.Json;
using Lace.Functions.Access;
using Lace.Functions.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Access;

/// <summary>The decision that API Gateway asks for.</summary>
public sealed class AuthorizerTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>
{
    private readonly LaceApp app = fixture.App;

    [Fact]
    public async Task A_key_with_the_scope_is_let_in_with_its_tenant()
    {
        var (key, stored) = await app.NewKeyAsync(Scope.Ingest);
        foreach (var name in (string[])["authorization", "Authorization"])
        {
            Assert.Equal(
                $$$"""{"isAuthorized":true,"context":{"tenant":"{{{stored.Tenant}}}","plan":"local","keyId":"{{{stored.Id}}}"}}""",
                await DecideAsync((name, "Bearer " + key.Reveal()))
            );
        }

        Assert.StartsWith("""{"isAuthorized":true""", await DecideAsync(("x-api-key", key.Reveal())));
    }

    [Fact]
    public async Task A_key_without_the_scope_no_key_two_keys_and_an_unknown_one_are_not()
    {
        var (attest, _) = await app.NewKeyAsync(Scope.Attest);
        var (one, _) = await app.NewKeyAsync(Scope.Ingest);
        var (other, _) = await app.NewKeyAsync(Scope.Ingest);
        foreach (
            var headers in ((string, string)[][])
                [
                    [],
                    [("x-api-key", attest.Reveal())],
                    [("x-api-key", ApiKey.Create().Reveal())],
                    [("x-api-key", one.Reveal()), ("authorization", "Bearer " + other.Reveal())],
                    [("authorization", "")],
                ]
        )
        {
            Assert.Equal("""{"isAuthorized":false}""", await DecideAsync(headers));
        }
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once_as_the_gateway_remembers_for_a_minute()
    {
        var (key, stored) = await app.NewKeyAsync(Scope.Ingest);
        Assert.Contains("true", await DecideAsync(("x-api-key", key.Reveal())), StringComparison.Ordinal);
        await app.Services.GetRequiredService<ApiKeys>().RevokeAsync(stored.Id);
        Assert.Equal("""{"isAuthorized":false}""", await DecideAsync(("x-api-key", key.Reveal())));
    }

    private async Task<string> DecideAsync(params (string Name, string Value)[] headers)
    {
        var authorizer = app.Services.GetRequiredService<Authorizer>();
        var given = headers.ToDictionary(h => h.Name, h => h.Value, StringComparer.Ordinal);
        var answer = await authorizer.DecideAsync(given, Scope.Ingest, TestContext.Current.CancellationToken);
        return JsonSerializer.Serialize(answer, AuthorizerJson.Default.AuthorizerAnswer);
    }
}
