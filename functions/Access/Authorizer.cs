using System.Text.Json.Serialization;

namespace Lace.Functions.Access;

/// <summary>The simple response of an HTTP API's Lambda authorizer.</summary>
/// <param name="Context">What the integration gets to see; absent where nothing is authorized.</param>
internal sealed record AuthorizerAnswer(bool IsAuthorized, AuthorizerContext? Context);

/// <param name="KeyId">Which key, not the key.</param>
internal sealed record AuthorizerContext(string Tenant, string Plan, string KeyId);

/// <summary>
/// Decides for API Gateway on the routes that go past this application to a queue. API Gateway remembers the answer for a key for 60 s: so the
/// key is read each time here, or a revoked one would be believed for longer than a minute.
/// </summary>
internal sealed class Authorizer(Gate gate)
{
    private static readonly AuthorizerAnswer No = new(false, null);

    /// <param name="headers">Of the request, their names in any case.</param>
    /// <param name="scope">That the key needs.</param>
    public async Task<AuthorizerAnswer> DecideAsync(
        IReadOnlyDictionary<string, string> headers,
        string scope,
        CancellationToken cancellationToken
    )
    {
        var (known, _) = await gate.OpenAsync(name => Header(headers, name), cancellationToken);
        return known is not null && known.Key.Scopes.Contains(scope)
            ? new AuthorizerAnswer(true, new AuthorizerContext(known.Key.Tenant, known.Plan.Name, known.Key.Id))
            : No;
    }

    private static string Header(IReadOnlyDictionary<string, string> headers, string name) =>
        headers.FirstOrDefault(pair => string.Equals(pair.Key, name, StringComparison.OrdinalIgnoreCase)).Value ?? "";
}

/// <summary>API Gateway's own member names, which are not ours.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AuthorizerAnswer))]
internal sealed partial class AuthorizerJson : JsonSerializerContext;
