using System.CommandLine;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Cli;

/// <summary>A home, a working folder and captured streams for one test; waiting takes no time in it.</summary>
internal sealed class CliFixture : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-cli-").FullName;
    private readonly Dictionary<string, string?> environment;

    public CliFixture(string? baseUrl = null)
    {
        Directory.CreateDirectory(Work);
        environment = new()
        {
            ["HOME"] = folder,
            ["LACE_BASE_URL"] = baseUrl,
            ["LACE_API_KEY"] = "lace_prod_sk_right",
        };
    }

    public string Work => Path.Combine(folder, "work");

    public string StateFolder => Path.Combine(folder, ".local/state/lace");

    public StringWriter Output { get; } = new();

    public StringWriter Error { get; } = new();

    public CommandHost Host =>
        new(Output, Error, false, name => environment.GetValueOrDefault(name), Work, new ImmediateTime());

    public string? this[string variable]
    {
        set => environment[variable] = value;
    }

    public string Write(string name, string content)
    {
        var path = Path.Combine(Work, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Attests files of the working folder; failures come as exceptions, as they do to Program.</summary>
    public Task<int> AttestAsync(
        string path,
        DatasetPart? part = null,
        CancellationToken cancellationToken = default
    ) =>
        new AttestRun(Host, LaceConfig.Resolve(null, null, Host), Options(part ?? DatasetPart.Whole, path)).RunAsync(
            cancellationToken
        );

    public static AttestOptions Options(DatasetPart part, params string[] paths) =>
        new(
            paths,
            null,
            new Dictionary<string, string>(),
            null,
            null,
            part,
            2,
            false,
            false,
            true,
            new FilterRequest(FingerprintTier.Private, FilterAccess.Callers, NearDuplicates: true)
        );

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>A clock whose timers fire at once.</summary>
    private sealed class ImmediateTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
