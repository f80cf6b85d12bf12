using Lace.Platform.Aws;
using Lace.Records.Tenancy;

namespace Lace.Functions.Hosting;

/// <summary>What the host is told by its command line and environment.</summary>
/// <param name="DataFolder">Absolute path of the folder that holds all data.</param>
/// <param name="Urls">Addresses to listen on, separated by semicolons.</param>
/// <param name="Functions">The value of <c>LACE_FUNCTIONS</c>; null for all functions.</param>
/// <param name="Witnesses">The value of <c>LACE_WITNESSES</c>: a tlog-policy file that names the witnesses of the log.</param>
/// <param name="Anchor">The value of <c>LACE_ANCHOR</c>: base URL of the Rekor v2 log that takes checkpoints of this one.</param>
/// <param name="AnchorTrust">The value of <c>LACE_ANCHOR_TRUST</c>: a Sigstore trusted_root.json with that log's key.</param>
/// <param name="Plan">Name of the plan of the tenant that the first start on a folder creates.</param>
/// <param name="Models">The value of <c>LACE_MODELS</c>: folder of the models that training clients name.</param>
/// <param name="Datasets">The value of <c>LACE_DATASETS</c>: folder of the datasets that training clients name.</param>
/// <param name="Worker">The value of <c>LACE_WORKER</c>: the program that trains.</param>
/// <param name="Aws">Where the ports are on AWS; null where they are in the data folder.</param>
/// <param name="Attached">Whether the host ends when its standard input does: the parent that holds it open has gone.</param>
internal sealed record HostSettings(
    string DataFolder,
    string Urls,
    string? Functions,
    bool Attached,
    string? Witnesses = null,
    string? Anchor = null,
    string? AnchorTrust = null,
    string? Plan = null,
    string? Models = null,
    string? Datasets = null,
    string? Worker = null,
    AwsSettings? Aws = null
)
{
    public const string DefaultDataFolder = "./lace-data";
    public const string DefaultUrls = "http://127.0.0.1:8080";

    /// <summary>Absolute path.</summary>
    public string ModelsFolder => Path.GetFullPath(Models ?? Path.Combine(DataFolder, "models"));

    /// <summary>Absolute path.</summary>
    public string DatasetsFolder => Path.GetFullPath(Datasets ?? Path.Combine(DataFolder, "datasets"));

    /// <exception cref="SettingException">There is no plan of that name: a typo must not start a host without limits.</exception>
    public ServicePlan ServicePlan =>
        Plan is null
            ? ServicePlan.Local
            : ServicePlan.Find(Plan)
                ?? throw new SettingException($"There is no plan '{Plan}': choose from {ServicePlan.Names}.");

    public const string Help = $"""
        The functions of Lace Cloud in one process.

        Usage: Lace.Functions [--data DIR] [--urls URLS] [--plan NAME] [--attached true]
               Lace.Functions keys --help

          --data DIR        folder of all data [LACE_DATA, else {DefaultDataFolder}]
          --urls URLS       where to listen, separated by semicolons [ASPNETCORE_URLS, else {DefaultUrls}]
          --plan NAME       plan of the first tenant of a new folder: pilot, starter, growth, enterprise or local [LACE_PLAN, else local]
          --attached true   end when standard input does

        LACE_FUNCTIONS     names of the functions to serve, joined by commas [all]
        LACE_MODELS        folder of the models that can be trained [DIR/models]
        LACE_DATASETS      folder of the datasets that can be trained on [DIR/datasets]
        LACE_WORKER        Lace.Worker.dll, the program that trains [../worker/Lace.Worker.dll beside the folder of this one]
        LACE_PLATFORM      embedded: all data in the folder; aws: see docs/operations.md [embedded]
        LACE_WITNESSES     tlog-policy file that names witnesses of the log
        LACE_ANCHOR        base URL of the Rekor v2 log that takes checkpoints; with
        LACE_ANCHOR_TRUST  the trusted_root.json of that log

        Example: Lace.Functions --data /var/lib/lace --urls http://127.0.0.1:8080
        Exit codes: 0 stopped when told, 78 it cannot start as it is set up.
        """;

    /// <summary>Reads <c>--data</c>, <c>--urls</c>, <c>--plan</c> and <c>--attached</c>, then the environment variables that <see cref="Help"/> names.</summary>
    /// <exception cref="SettingException">An option is not one of ours.</exception>
    /// <exception cref="Platform.PlatformSettingException">The settings of the platform do not fit together.</exception>
    public static HostSettings Read(string[] args, IConfiguration environment)
    {
        // A configuration of its own, because in the common one an environment variable DATA would pass for the option.
        var options = new ConfigurationBuilder().AddCommandLine(args).Build();
        var unknown = options
            .AsEnumerable()
            .Select(pair => pair.Key)
            .Except(["data", "urls", "plan", "attached"], StringComparer.OrdinalIgnoreCase);
        if (unknown.FirstOrDefault() is { } name)
        {
            throw new SettingException(
                $"--{name} is not an option of the host: it takes --data DIR, --urls URLS, --plan NAME and --attached true."
            );
        }

        return new HostSettings(
            Path.GetFullPath(options["data"] ?? environment["LACE_DATA"] ?? DefaultDataFolder),
            options["urls"] ?? environment["ASPNETCORE_URLS"] ?? DefaultUrls,
            environment["LACE_FUNCTIONS"],
            string.Equals(options["attached"], "true", StringComparison.OrdinalIgnoreCase),
            environment["LACE_WITNESSES"],
            environment["LACE_ANCHOR"],
            environment["LACE_ANCHOR_TRUST"],
            options["plan"] ?? environment["LACE_PLAN"],
            environment["LACE_MODELS"],
            environment["LACE_DATASETS"],
            environment["LACE_WORKER"],
            AwsSettings.Read(name => environment[name])
        );
    }
}

/// <summary>The host cannot start with the settings it was given; the message says which and what to do.</summary>
public sealed class SettingException(string message) : Exception(message);
