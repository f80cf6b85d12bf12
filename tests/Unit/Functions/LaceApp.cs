using System.Net.Http.Headers;
using System.Text.Json;
using Lace.Functions;
using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions;

/// <summary>The real application on Kestrel, a free port and a data folder of its own, which a restart keeps.</summary>
internal sealed class LaceApp : IAsyncDisposable
{
    private readonly TimeProvider clock;
    private readonly string[] options;
    private readonly StringWriter log = new();
    private WebApplication app;
    private HttpClient anonymous = new();

    private LaceApp(string folder, TimeProvider clock, string[] options)
    {
        Folder = folder;
        this.clock = clock;
        this.options = options;
        app = null!;
    }

    public string Folder { get; }

    public Uri Address => new(app.Urls.First());

    public IServiceProvider Services => app.Services;

    /// <summary>Everything logged so far, by all starts.</summary>
    public string Log => log.ToString();

    /// <summary>A client without a key.</summary>
    public HttpClient Anonymous => anonymous;

    /// <param name="options">More of the host's command line.</param>
    public static async Task<LaceApp> StartAsync(TimeProvider? clock = null, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("lace-app-").FullName;
        var lace = new LaceApp(folder, clock ?? TimeProvider.System, options);
        await lace.StartAgainAsync();
        return lace;
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    /// <summary>A client with a new key of a new tenant; all scopes where none is named.</summary>
    public async Task<HttpClient> NewTenantAsync(params string[] scopes) =>
        Client((await NewKeyAsync(scopes)).Key.Reveal());

    public async Task<(ApiKey Key, StoredApiKey Stored)> NewKeyAsync(params string[] scopes)
    {
        var plan = Services.GetRequiredService<HostSettings>().ServicePlan;
        return await NewKeyAsync(await NewTenantAsync(plan), scopes);
    }

    /// <summary>A new tenant without a key.</summary>
    public async Task<TenantId> NewTenantAsync(ServicePlan plan)
    {
        var request = AuditedRequest.WithoutBody(DateTimeOffset.UnixEpoch);
        return new((await Services.GetRequiredService<Tenants>().CreateAsync("test", plan, request)).Id);
    }

    public Task<(ApiKey Key, StoredApiKey Stored)> NewKeyAsync(TenantId tenant, params string[] scopes) =>
        Services.GetRequiredService<ApiKeys>().CreateAsync(tenant, "test", scopes.Length == 0 ? Scope.All : scopes);

    /// <summary>What the host prints when it is ready.</summary>
    public async Task<JsonElement> AnnounceAsync()
    {
        var output = new StringWriter();
        await app.AnnounceAsync(output);
        return JsonDocument.Parse(output.ToString()).RootElement;
    }

    public HttpClient Client(string key)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task StartAgainAsync()
    {
        string[] args = ["--data", Folder, "--urls", "http://127.0.0.1:0", .. options];
        app = Program.Build(args, clock, TextWriter.Synchronized(log));
        await app.StartAsync();
        anonymous = new HttpClient { BaseAddress = Address };
    }

    private async Task StopAsync()
    {
        anonymous.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
