using Lace.Moto;
using Lace.Platform.Aws;

namespace Lace.SystemTests.Platform.Aws;

/// <summary>One moto for all tests of the assembly.</summary>
public sealed class MotoFixture : IAsyncLifetime
{
    private MotoServer? moto;

    /// <summary>Skips the test where there is no moto.</summary>
    public Uri Address
    {
        get
        {
            Assert.SkipWhen(moto is null, "there is no moto_server: ./run test installs it with pip where it can");
            return moto.Address;
        }
    }

    public async ValueTask InitializeAsync()
    {
        // Where the SDK looks for credentials; moto takes any.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        moto = MotoServer.Find() is { } program ? await MotoServer.StartAsync(program) : null;
    }

    public ValueTask DisposeAsync()
    {
        moto?.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A deployment of its own behind a front of its own.</summary>
internal sealed class AwsWorld : IAsyncDisposable
{
    private readonly AwsSettings settings;

    private AwsWorld(AwsFront front, IReadOnlyDictionary<string, string> environment)
    {
        Environment = environment.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        settings = AwsSettings.Read(environment.GetValueOrDefault)!;
        Front = front;
        Platform = AwsPlatform.Open(settings, TimeProvider.System);
    }

    public AwsFront Front { get; }

    /// <summary>Of a process that runs here.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; }

    public AwsPlatform Platform { get; private set; }

    public static async Task<AwsWorld> CreateAsync(MotoFixture moto)
    {
        var front = await AwsFront.StartAsync(moto.Address);
        try
        {
            var account = await MotoAccount.CreateAsync(front.Address, $"t{Guid.NewGuid():n}"[..24]);
            return new AwsWorld(front, account.Environment);
        }
        catch
        {
            await front.DisposeAsync();
            throw;
        }
    }

    public AwsPlatform Reopen()
    {
        Platform.Dispose();
        return Platform = AwsPlatform.Open(settings, TimeProvider.System);
    }

    /// <summary>Names of a table and a bucket that nobody made.</summary>
    public AwsPlatform OpenWhereNothingIs() =>
        AwsPlatform.Open(settings with { Table = "no-table", Bucket = "no-bucket" }, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        Platform.Dispose();
        await Front.DisposeAsync();
    }
}
