using System.Security.Claims;
using System.Text.Encodings.Web;
using Lace.Functions.Problems;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Lace.Functions.Access;

/// <summary>Makes the <see cref="Gate"/>'s decision the framework's.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logging,
    UrlEncoder encoder,
    Gate gate
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
{
    public const string SchemeName = "ApiKey";
    public const string ScopeClaim = "scope";

    private Problem refusal = Gate.Missing;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var (known, refused) = await gate.OpenAsync(name => Request.Headers[name].ToString(), Context.RequestAborted);
        if (known is null)
        {
            refusal = refused!;
            return refused == Gate.Missing ? AuthenticateResult.NoResult() : AuthenticateResult.Fail(refusal.Code);
        }

        var claims = known
            .Key.Scopes.Select(scope => new Claim(ScopeClaim, scope))
            .Append(new Claim(CurrentTenant.ClaimType, known.Key.Tenant))
            .Append(new Claim(CurrentTenant.PlanClaimType, known.Plan.Name));
        var user = new ClaimsPrincipal(new ClaimsIdentity(claims, SchemeName));
        return AuthenticateResult.Success(new AuthenticationTicket(user, SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            Response.Headers.WWWAuthenticate = "Bearer";
        }

        return refusal.ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        new Problem(
            StatusCodes.Status403Forbidden,
            "scope_missing",
            "This API key is valid, but not for this route. Use one with the scope that the API document names."
        ).ExecuteAsync(Context);
}
