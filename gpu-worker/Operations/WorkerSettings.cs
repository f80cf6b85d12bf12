using System.Globalization;
using Lace.Platform;
using Lace.Platform.Aws;
using Lace.Records.Training;

namespace Lace.Worker.Operations;

/// <summary>What the worker is told by its command line and environment.</summary>
/// <param name="Job">Names this worker in the lease.</param>
/// <param name="Idle">How long it waits for more before it leaves.</param>
/// <param name="Lease">How long its hold lasts without a heartbeat.</param>
/// <param name="AutosaveOperations">So many operations that changed the training are done again at most after a crash.</param>
/// <param name="AutosaveAfter">And so much time of them.</param>
/// <param name="Aws">Where the ports are on AWS; null where they are in the data folder.</param>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>; null: the GPU where there is one.</param>
internal sealed record WorkerSettings(
    string DataFolder,
    string ModelsFolder,
    string DatasetsFolder,
    TenantId Tenant,
    string ClientId,
    string Job,
    TimeSpan Idle,
    TimeSpan Lease,
    int AutosaveOperations,
    TimeSpan AutosaveAfter,
    string? Device,
    AwsSettings? Aws = null
)
{
    public const string Help = """
        Trains one training client of Lace Cloud: claims it, works through its operation log, seals its state, ends when idle.
        The host starts it; by hand it is started to look for a fault.

        Usage: Lace.Worker --data DIR --client ID [--tenant ID] [--models DIR] [--datasets DIR]
               Lace.Worker check --help
               Lace.Worker attest --help

          --data DIR        folder of all data, that of the host
          --client ID       training client: tc-…
          --tenant ID       its tenant [LACE_TENANT]
          --models DIR      folder of model folders [LACE_MODELS, else DATA/models]
          --datasets DIR    folder of datasets [LACE_DATASETS, else DATA/datasets]

        LACE_WORKER_IDLE      seconds without work before it ends [60]
        LACE_WORKER_LEASE     seconds that its hold lasts without a heartbeat [15]
        LACE_WORKER_AUTOSAVE  operations after which the state is sealed; it also is after a minute of computing [200]
        LACE_DEVICE           cpu or cuda [cuda where there is one]

        LACE_PLATFORM         embedded: all data in the folder; aws: see docs/operations.md [embedded]

        Logs are JSON lines on standard error. Secrets and data are never in them.
        Example: Lace.Worker --data /var/lib/lace --tenant tenant-x7k2p9abcd --client tc-20261129-101112-x7k2p9
        Exit codes: 0 nothing left to do, or another worker has the client; 70 it failed; 75 it lost its lease; 78 it cannot start as it is set up.
        """;

    /// <exception cref="PlatformSettingException">The settings of the platform do not fit together.</exception>
    /// <exception cref="SettingsException">Something is missing or wrong; the message says what.</exception>
    public static WorkerSettings Read(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        var options = Options(arguments);
        var aws = AwsSettings.Read(environment);
        var data =
            Given(options, "data", environment, "LACE_DATA")
            ?? (aws is null ? throw new SettingsException("Name the data folder with --data.") : ".");
        var folder = Path.GetFullPath(data);
        if (aws is null && !Directory.Exists(folder))
        {
            // A typo in the path must not make a new, empty installation.
            throw new SettingsException($"There is no folder {folder}: name the host's with --data.");
        }

        var client = options.GetValueOrDefault("client");
        if (!TrainingIds.IsClient(client))
        {
            throw new SettingsException("Name the training client with --client tc-….");
        }

        return new WorkerSettings(
            folder,
            Path.GetFullPath(Given(options, "models", environment, "LACE_MODELS") ?? Path.Combine(folder, "models")),
            Path.GetFullPath(
                Given(options, "datasets", environment, "LACE_DATASETS") ?? Path.Combine(folder, "datasets")
            ),
            TenantOf(Given(options, "tenant", environment, "LACE_TENANT")),
            client!,
            environment("LACE_JOB") ?? $"by-hand-{Guid.NewGuid():n}",
            Seconds(environment, "LACE_WORKER_IDLE", 60),
            Seconds(environment, "LACE_WORKER_LEASE", 15),
            (int)Number(environment, "LACE_WORKER_AUTOSAVE", 200, least: 1),
            TimeSpan.FromMinutes(1),
            environment("LACE_DEVICE"),
            aws
        );
    }

    private static Dictionary<string, string> Options(IReadOnlyList<string> arguments)
    {
        string[] known = ["data", "client", "tenant", "models", "datasets"];
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var name = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i][2..] : "";
            if (!known.Contains(name) || i + 1 == arguments.Count)
            {
                throw new SettingsException(
                    $"'{arguments[i]}' is no option of the worker, or has no value. See --help."
                );
            }

            options[name] = arguments[i + 1];
        }

        return options;
    }

    private static string? Given(
        Dictionary<string, string> options,
        string option,
        Func<string, string?> environment,
        string variable
    ) => options.GetValueOrDefault(option) ?? environment(variable);

    private static TenantId TenantOf(string? text)
    {
        try
        {
            return new TenantId(text ?? "");
        }
        catch (ArgumentException)
        {
            throw new SettingsException("Name the tenant with --tenant, or in LACE_TENANT.");
        }
    }

    private static TimeSpan Seconds(Func<string, string?> environment, string variable, double otherwise) =>
        TimeSpan.FromSeconds(Number(environment, variable, otherwise, least: 0.05));

    private static double Number(Func<string, string?> environment, string variable, double otherwise, double least) =>
        environment(variable) is not { } text ? otherwise
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number >= least
        && number <= 86_400
            ? number
        : throw new SettingsException($"{variable} is '{text}'; it is a number from {least} to 86400.");
}

/// <summary>The worker cannot start as it is set up; the message says what to do.</summary>
internal sealed class SettingsException(string message) : Exception(message);
