using Lace.Functions.Problems;
using Microsoft.Net.Http.Headers;

namespace Lace.Functions.Access;

/// <summary>Whether what a request carries opens anything, and whose it is: the one decision behind the routes and the authorizer.</summary>
internal sealed class Gate(KnownKeys keys, TimeProvider clock)
{
    public const string HeaderName = "X-Api-Key";

    public static readonly Problem Missing = new(
        StatusCodes.Status401Unauthorized,
        "key_missing",
        "This route needs an API key: send 'Authorization: Bearer lace_prod_sk_…' or 'X-Api-Key: lace_prod_sk_…'."
    );

    private static readonly Problem Unknown = new(
        StatusCodes.Status401Unauthorized,
        "key_unknown",
        "This API key is not one of this server. Check the key and the server's address."
    );

    /// <summary>The key that counts, or why there is none.</summary>
    /// <param name="header">Reads a header; empty where it is absent.</param>
    public async ValueTask<(KnownKey? Key, Problem? Refusal)> OpenAsync(
        Func<string, string> header,
        CancellationToken cancellationToken
    )
    {
        if (PresentedKey(header(HeaderNames.Authorization), header(HeaderName)) is not { } text)
        {
            return (null, Missing);
        }

        var known = ApiKey.TryParse(text, out var key) ? await keys.FindAsync(key, cancellationToken) : null;
        return known is null ? (null, Unknown)
            : known.Refusal(clock.GetUtcNow()) is { } refusal ? (null, refusal)
            : (known, null);
    }

    /// <summary>The text of exactly one key; two different ones are as good as none that we know.</summary>
    private static string? PresentedKey(string authorization, string header)
    {
        const string Bearer = "Bearer ";
        if (authorization.Length == 0)
        {
            return header.Length == 0 ? null : header;
        }

        var bearer = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : authorization;
        return header.Length == 0 || header == bearer ? bearer : string.Empty;
    }
}
