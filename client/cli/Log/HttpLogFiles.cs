using System.Net;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Cli.Log;

/// <summary>A log over HTTP: the address of the log itself, or of a Lace service.</summary>
internal sealed class HttpLogFiles : ILogFiles
{
    private const string LogOfService = "v1/log/";

    private readonly LaceApi api;
    private readonly string prefix;

    private HttpLogFiles(LaceApi api, string address, string prefix)
    {
        (this.api, this.prefix) = (api, prefix);
        Place = $"{address}/{prefix}".TrimEnd('/');
    }

    public string Place { get; }

    /// <exception cref="CliException">The address is none, or shows no log.</exception>
    public static HttpLogFiles Open(string address, CommandHost host, bool quiet)
    {
        // Without the API key: the log is public, and the address may be anybody's.
        var config = LaceConfig.Resolve(address, null, host) with
        {
            ApiKey = null,
        };
        var service = new LaceApi(config, host, quiet);
        var direct = new HttpLogFiles(service, config.Address, "");
        return direct.Read(LogCheckpoint.Name) is not null
            ? direct
            : new HttpLogFiles(service, config.Address, LogOfService);
    }

    public byte[]? Read(string path)
    {
        try
        {
            return api.GetBytesAsync(prefix + path, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (ApiException refusal) when (refusal.Status == (int)HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public IEnumerable<TilePath> Partials() => [];

    public void Dispose() => api.Dispose();
}
