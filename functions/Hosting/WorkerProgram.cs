using Lace.Records.Training;

namespace Lace.Functions.Hosting;

/// <summary>The program that trains, as a job of this host; null where it is not there, and then nothing is trained here.</summary>
/// <param name="Command">Empty on AWS, where the definition of the Batch job has it.</param>
internal sealed record WorkerProgram(IReadOnlyList<string> Command)
{
    private const string FileName = "Lace.Worker.dll";

    /// <summary>What <c>LACE_WORKER</c> names, else the one beside the folder of this program.</summary>
    /// <exception cref="SettingException">What it names is not there.</exception>
    public static WorkerProgram? Find(HostSettings settings)
    {
        if (settings.Aws is { } aws)
        {
            return aws.Job(TrainingWorkers.Program) is null ? null : new WorkerProgram([]);
        }

        var beside = Path.Combine(AppContext.BaseDirectory, "..", "worker", FileName);
        var path = Path.GetFullPath(settings.Worker ?? beside);
        if (!File.Exists(path))
        {
            return settings.Worker is null
                ? null
                : throw new SettingException($"LACE_WORKER is {path}, and there is no such file.");
        }

        string[] program = path.EndsWith(".dll", StringComparison.Ordinal) ? [DotnetPath(), path] : [path];
        return new WorkerProgram([
            .. program,
            "--data",
            settings.DataFolder,
            "--models",
            settings.ModelsFolder,
            "--datasets",
            settings.DatasetsFolder,
        ]);
    }

    /// <summary>What jobs may run: by name, the file and its first arguments.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Jobs(WorkerProgram? worker) =>
        worker is null
            ? new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
            : new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
            {
                [TrainingWorkers.Program] = worker.Command,
            };

    /// <summary>The dotnet that runs this program, where one does; else the one on the PATH.</summary>
    private static string DotnetPath() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
}
