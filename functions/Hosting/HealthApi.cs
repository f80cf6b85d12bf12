using System.Reflection;
using Lace.Functions.Problems;
using Lace.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Hosting;

/// <summary>Is the process alive, can it work, which version is it.</summary>
internal static class HealthApi
{
    public static readonly string Version = typeof(HealthApi)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion;

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").WithTags("Host");
        foreach (var path in (string[])["/health", "/healthz", "/live"])
        {
            group
                .MapGet(path, () => TypedResults.Ok(new HealthStatus("ok")))
                .WithSummary("Is the process alive")
                .WithDescription("Touches nothing: for load balancers and supervisors.");
        }

        group
            .MapGet("/readyz", ReadyAsync)
            .WithSummary("Can the process work")
            .WithDescription("Reads the store; 503 `storage_unavailable` where that fails.")
            .Refuses(503);
        group
            .MapGet("/version", () => TypedResults.Ok(new HostVersion("lace", Version)))
            .WithSummary("Name and version of the program");
    }

    private static async Task<Ok<HealthStatus>> ReadyAsync(IItemStore items, CancellationToken cancellationToken)
    {
        await items.GetAsync(new ItemKey(TenantId.Service, "READY", "PROBE"), cancellationToken);
        return TypedResults.Ok(new HealthStatus("ready"));
    }
}

internal sealed record HealthStatus(string Status);

internal sealed record HostVersion(string Name, string Version);
