using System.Security.Claims;
using System.Text.Encodings.Web;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Lace.Functions.Access;

/// <summary>Reads the API key of a request and asks the store about it each time, so that a revocation holds at once.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logging,
    UrlEncoder encoder,
    ApiKeys keys
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
{
    public const string SchemeName = "ApiKey";
    public const string HeaderName = "X-Api-Key";
    public const string ScopeClaim = "scope";

    private static readonly Problem Missing = new(
        StatusCodes.Status401Unauthorized,
        "key_missing",
        "This route needs an API key: send 'Authorization: Bearer lace_prod_sk_…' or 'X-Api-Key: lace_prod_sk_…'."
    );

    private static readonly Problem Unknown = new(
        StatusCodes.Status401Unauthorized,
        "key_unknown",
        "This API key is not one of this server. Check the key and the server's address."
    );

    private static readonly Problem Revoked = new(
        StatusCodes.Status401Unauthorized,
        "key_revoked",
        "This API key was revoked. Ask the administrator for a new one."
    );

    private Problem refusal = Missing;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var presented = PresentedKey(
            Request.Headers[HeaderNames.Authorization].ToString(),
            Request.Headers[HeaderName].ToString()
        );
        if (presented is not { } text)
        {
            return AuthenticateResult.NoResult();
        }

        var known = ApiKey.TryParse(text, out var key) ? await keys.FindAsync(key, Context.RequestAborted) : null;
        if (known is null)
        {
            return Refuse(Unknown);
        }

        if (known.RevokedAt is not null)
        {
            return Refuse(Revoked);
        }

        var claims = known
            .Scopes.Select(scope => new Claim(ScopeClaim, scope))
            .Append(new Claim(CurrentTenant.ClaimType, known.Tenant));
        var user = new ClaimsPrincipal(new ClaimsIdentity(claims, SchemeName));
        return AuthenticateResult.Success(new AuthenticationTicket(user, SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return refusal.ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        new Problem(
            StatusCodes.Status403Forbidden,
            "scope_missing",
            "This API key is valid, but not for this route. Use one with the scope that the API document names."
        ).ExecuteAsync(Context);

    /// <summary>The text of exactly one key; two different ones are as good as none that we know.</summary>
    /// <param name="header">The value of <see cref="HeaderName"/>; like the other, empty where it is absent.</param>
    public static string? PresentedKey(string authorization, string header)
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

    private AuthenticateResult Refuse(Problem problem)
    {
        refusal = problem;
        return AuthenticateResult.Fail(problem.Code);
    }
}
