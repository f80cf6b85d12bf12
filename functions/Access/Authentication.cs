using Lace.Functions.Storage;
using Microsoft.AspNetCore.Authentication;

namespace Lace.Functions.Access;

internal static class Authentication
{
    /// <summary>API keys as the only way in, one policy a scope.</summary>
    public static void AddApiKeys(this IServiceCollection services)
    {
        services.AddSingleton<Tenants>();
        services.AddSingleton<ApiKeys>();
        services
            .AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var scope in Scope.All)
        {
            authorization.AddPolicy(scope, policy => policy.RequireClaim(ApiKeyAuthentication.ScopeClaim, scope));
        }
    }
}
