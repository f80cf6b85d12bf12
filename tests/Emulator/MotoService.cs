using Lace.Moto;
using Lace.Platform;
using Lace.Platform.Aws;

namespace Lace.Emulator;

/// <summary>The whole deployment on this machine: the functions in the Lambda loop, and moto for DynamoDB, S3, KMS and SQS.</summary>
public sealed class MotoService : IAsyncDisposable
{
    private readonly AwsPlatform platform;

    private MotoService(AwsFront front, AwsPlatform platform, EmulatedService service, string tenant, string key)
    {
        (Front, this.platform, Service) = (front, platform, service);
        (Tenant, Key) = (tenant, key);
    }

    /// <summary>What stands before moto: here requests can be made to fail.</summary>
    public AwsFront Front { get; }

    public IPlatform Platform => platform;

    public EmulatedService Service { get; }

    public string Tenant { get; }

    /// <summary>The API key of the tenant that was made.</summary>
    public string Key { get; }

    /// <param name="program">The published program.</param>
    /// <param name="moto">Of a server that runs.</param>
    /// <param name="port">Of the HTTP API; 0 takes a free one.</param>
    /// <param name="log">Takes what the functions write.</param>
    public static async Task<MotoService> StartAsync(string program, Uri moto, int port = 0, TextWriter? log = null)
    {
        var front = await AwsFront.StartAsync(moto);
        var account = await MotoAccount.CreateAsync(front.Address, $"lace-{Guid.NewGuid():n}"[..24]);
        var environment = new Dictionary<string, string>(account.Environment, StringComparer.Ordinal)
        {
            ["LACE_STAGE"] = "dev",
        };
        foreach (
            var (name, value) in environment.Where(pair =>
                pair.Key.StartsWith("AWS_ACCESS_KEY") || pair.Key.StartsWith("AWS_SECRET")
            )
        )
        {
            // Of this process too, which sends to the queue and receives from it.
            Environment.SetEnvironmentVariable(name, value);
        }

        var data = await LocalData.CreateAsync(program, environment);
        var ports = AwsPlatform.Open(AwsSettings.Read(environment.GetValueOrDefault)!, TimeProvider.System);
        var service = await EmulatedService.StartAsync(program, environment, ports.Queue("losses"), port, 4, log);
        return new MotoService(front, ports, service, data.Tenant, data.Key);
    }

    /// <summary>Calls <c>losses</c> with what is on the queue.</summary>
    /// <param name="visibility">After so long a message that was not done comes again; on AWS six times the time limit of the function.</param>
    public void Consume(TimeSpan visibility) => Service.Consume(platform.Queue("losses"), 10, visibility);

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        platform.Dispose();
        await Front.DisposeAsync();
    }
}
