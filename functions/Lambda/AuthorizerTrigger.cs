using System.Text.Json;
using Lace.Functions.Access;
using Lace.Functions.Storage;
using Microsoft.Net.Http.Headers;

namespace Lace.Functions.Lambda;

/// <summary>Says whether a request may reach a route that no function of ours stands in front of: the one that goes to SQS as it is.</summary>
internal sealed class AuthorizerTrigger(ApiKeys keys) : ITrigger
{
    private static readonly AuthorizerAnswer No = new(false);

    public async Task<ReadOnlyMemory<byte>> HandleAsync(Invocation invocation, CancellationToken deadline)
    {
        var request = AuthorizerEvent.Parse(invocation.Event.Span);
        var answer = await DecideAsync(request.Headers ?? new Dictionary<string, string>(), deadline);
        return JsonSerializer.SerializeToUtf8Bytes(answer, LambdaJson.Default.AuthorizerAnswer);
    }

    private async Task<AuthorizerAnswer> DecideAsync(
        IReadOnlyDictionary<string, string> headers,
        CancellationToken cancellationToken
    )
    {
        var presented = ApiKeyAuthentication.PresentedKey(
            headers.GetValueOrDefault(HeaderNames.Authorization.ToLowerInvariant(), ""),
            headers.GetValueOrDefault(ApiKeyAuthentication.HeaderName.ToLowerInvariant(), "")
        );
        return
            ApiKey.TryParse(presented, out var key)
            && await keys.FindAsync(key, cancellationToken) is { RevokedAt: null } known
            && known.Scopes.Contains(Scope.Ingest)
            ? new AuthorizerAnswer(true, new AuthorizedTenant(known.Tenant, known.Id))
            : No;
    }
}

/// <summary>What an HTTP API asks of an authorizer (payload format 2.0).</summary>
/// <param name="Headers">Names in lower case.</param>
internal sealed record AuthorizerEvent(string Type, IReadOnlyDictionary<string, string>? Headers = null)
{
    /// <exception cref="InvalidDataException">It is no such question.</exception>
    public static AuthorizerEvent Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LambdaJson.Default.AuthorizerEvent) is { Type: "REQUEST" } parsed
                ? parsed
                : throw new InvalidDataException("The event is no question about a request.");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"The event is no question about a request: {failure.Message}", failure);
        }
    }
}

/// <summary>The simple form of the answer. The gateway keeps it for a minute, which is how long a revoked key goes on.</summary>
internal sealed record AuthorizerAnswer(bool IsAuthorized, AuthorizedTenant? Context = null);

internal sealed record AuthorizedTenant(string Tenant, string KeyId);
