using Lace.SystemTests.Torch;
using Lace.SystemTests.Torch.Private;

namespace Lace.SystemTests.Platform.Children;

internal static class ChildPrograms
{
    public static IReadOnlyDictionary<string, Func<string[], Task>> All { get; } =
        new Dictionary<string, Func<string[], Task>>
        {
            [nameof(CrashWriter)] = CrashWriter.RunAsync,
            [nameof(Rival)] = Rival.RunAsync,
            [nameof(JobHost)] = JobHost.RunAsync,
            [nameof(FullDisk)] = FullDisk.RunAsync,
            [nameof(LogPromiser)] = LogPromiser.RunAsync,
            [nameof(TinyTraining)] = TinyTraining.RunAsync,
            [nameof(TinyPrivateTraining)] = TinyPrivateTraining.RunAsync,
        };
}
