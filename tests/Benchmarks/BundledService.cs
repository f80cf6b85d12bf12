using Lace.Functions.Access;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Benchmarks;

/// <summary>The application on a folder of its own, and a client of it.</summary>
internal sealed class BundledService : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-bench-").FullName;
    private WebApplication app = null!;
    private EvidenceClient client = null!;

    public static async Task<BundledService> StartAsync()
    {
        var service = new BundledService();
        service.app = Lace.Functions.Program.Build(
            ["--data", service.folder, "--urls", "http://127.0.0.1:0"],
            null,
            TextWriter.Null
        );
        await service.app.StartAsync();
        var tenant = await service
            .app.Services.GetRequiredService<Tenants>()
            .CreateAsync("bench", ServicePlan.Local, AuditedRequest.WithoutBody(DateTimeOffset.UnixEpoch));
        var (key, _) = await service
            .app.Services.GetRequiredService<ApiKeys>()
            .CreateAsync(new TenantId(tenant.Id), "bench", Scope.All);
        service.client = new EvidenceClient(new Uri(service.app.Urls.First()), key.Reveal());
        return service;
    }

    public Task<(byte[] Bundle, byte[] RunLog, byte[] Policy)> EvidenceAsync(int records, int steps) =>
        client.EvidenceAsync(records, steps);

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
