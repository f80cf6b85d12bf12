using Lace.Platform;
using Lace.Platform.Embedded;

namespace Lace.SystemTests.Platform.Children;

/// <summary>Submits one job and then waits to be killed.</summary>
internal static class JobHost
{
    public static readonly TenantId Tenant = new("jobs");

    public static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Programs = new Dictionary<
        string,
        IReadOnlyList<string>
    >
    {
        ["shell"] = ["/bin/sh", "-c"],
    };

    public static JobRequest Job(string script) =>
        new(Tenant, "job", "shell", [script], new Dictionary<string, string>());

    public static async Task RunAsync(string[] args)
    {
        using var platform = EmbeddedPlatform.Open(args[0], TimeProvider.System, Programs);
        Console.WriteLine((await platform.Jobs.SubmitAsync(Job(args[1]))).Status);
        await Task.Delay(Timeout.Infinite);
    }
}
