using System.Text.Encodings.Web;
using Lace.Functions.Hosting;
using Lace.Functions.Storage;
using Lace.Records.Audit;
using Lace.Records.Storage;
using Lace.Records.Tenancy;

namespace Lace.Functions.Access;

internal static class Authentication
{
    /// <summary>API keys as the only way in, one policy a scope.</summary>
    public static void AddApiKeys(this IServiceCollection services, KeyMemory memory)
    {
        services.AddSingleton(memory);
        services.AddSingleton<Tenants>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<PublicIds>();
        services.AddSingleton<KnownKeys>();
        services.AddSingleton<Gate>();
        services.AddSingleton(provider => new Authorizer(
            new Gate(
                ActivatorUtilities.CreateInstance<KnownKeys>(provider, KeyMemory.None),
                provider.GetRequiredService<TimeProvider>()
            )
        ));

        // The core alone: the full AddAuthentication would keep cookie keys in the home folder, and there are no cookies.
        services.AddSingleton(UrlEncoder.Default);
        services.AddAuthenticationCore(options =>
        {
            options.DefaultScheme = ApiKeyAuthentication.SchemeName;
            options.AddScheme<ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        });
        var authorization = services.AddAuthorizationBuilder();
        foreach (var scope in (string[])[.. Scope.All, Scope.Operator])
        {
            authorization.AddPolicy(scope, policy => policy.RequireClaim(ApiKeyAuthentication.ScopeClaim, scope));
        }

        authorization.AddPolicy(
            Scope.AnyOfTenant,
            policy => policy.RequireClaim(ApiKeyAuthentication.ScopeClaim, Scope.All)
        );
    }
}
