using System.Text.Json;
using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

/// <summary>The recorded real runs of the shared folder, read once.</summary>
internal static class RecordedRuns
{
    private static readonly Lazy<IReadOnlyList<RunFile>> Runs = new(() =>
        [.. Files().Select(file => RunFile.Parse(File.ReadAllBytes(file)))]
    );

    public static IReadOnlyList<RunFile> All()
    {
        _ = SharedFolder.Path("runs");
        return Runs.Value;
    }

    public static RunFile Of(string id) => All().Single(run => run.Id == id);

    public static TrajectoryScore Score(RunFile run) => TrajectoryTest.Run(run.Points, run.FeaturesOf);

    public static JsonElement Reference(string id)
    {
        var file = Files().Single(path => Path.GetFileName(path).StartsWith(id + "_", StringComparison.Ordinal));
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.Clone();
    }

    public static IEnumerable<string> Files() =>
        Directory.EnumerateFiles(SharedFolder.Path("runs"), "r*.json").Order(StringComparer.Ordinal);
}
