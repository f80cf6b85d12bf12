using System.Diagnostics;
using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.SystemTests.Platform.Children;

namespace Lace.SystemTests.Platform.Embedded;

/// <summary>What becomes of jobs whose host is killed.</summary>
public sealed class JobHostTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_job_that_outlives_its_host_is_found_again_and_tells_how_it_ended()
    {
        var go = folder["go"];
        await RunAndKillHost($"while ! test -e {go}; do sleep 0.02; done; echo out of memory >&2; exit 7");
        using var platform = Open();
        Assert.Equal(JobStatus.Running, (await Describe(platform)).Status);
        await File.WriteAllTextAsync(go, "");
        Assert.Equal(new JobState("job", JobStatus.Failed, 7, "out of memory"), await End(platform));
    }

    [Fact]
    public async Task Another_host_can_cancel_it_with_all_its_processes()
    {
        var pid = folder["pid"];
        await RunAndKillHost($"sleep 600 & echo $! > {pid}; wait");
        var sleeper = await PidIn(pid);
        using var platform = Open();
        Assert.True(await platform.Jobs.CancelAsync(JobHost.Tenant, "job"));
        await Gone(sleeper);
        Assert.Equal(JobStatus.Cancelled, (await Describe(platform)).Status);
    }

    [Fact]
    public async Task A_job_that_dies_with_its_host_is_reported_as_lost()
    {
        var pid = folder["pid"];
        // The shell that keeps the exit code is the parent of the script.
        await RunAndKillHost($"echo $PPID > {pid}; sleep 600");
        using (var shell = Process.GetProcessById(await PidIn(pid)))
        {
            shell.Kill(entireProcessTree: true);
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using var platform = Open();
        Assert.Equal(new JobState("job", JobStatus.Failed, null, "lost with its host"), await End(platform));
    }

    [Fact]
    public async Task A_job_whose_host_died_before_it_started_is_started_by_the_next()
    {
        using var platform = Open();
        const string Record = """
            { "program": "shell", "arguments": ["exit 3"], "environment": {}, "status": "Submitted", "attempt": 1,
              "host": { "id": 1999999999, "started": "long ago" } }
            """;
        await platform.Items.WriteAsync(ItemWrite.Create(new ItemKey(JobHost.Tenant, "JOBS", "job"), Record));
        Assert.Equal(3, (await End(platform)).ExitCode);
    }

    [Fact]
    public async Task A_process_that_only_has_the_same_number_is_not_the_job()
    {
        using var platform = Open();
        var record = $$"""
            { "program": "shell", "arguments": [], "environment": {}, "status": "Running", "attempt": 1,
              "host": { "id": 1, "started": "x" }, "process": { "id": {{Environment.ProcessId}}, "started": "long ago" } }
            """;
        await platform.Items.WriteAsync(ItemWrite.Create(new ItemKey(JobHost.Tenant, "JOBS", "job"), record));
        Assert.Equal("lost with its host", (await Describe(platform)).Reason);
        Assert.False(await platform.Jobs.CancelAsync(JobHost.Tenant, "job"));
    }

    private async Task RunAndKillHost(string script)
    {
        // Not the whole tree: the job stays.
        var host = Child.Start(nameof(JobHost), folder["data"], script);
        await host.FirstLine;
        host.Kill();
        Assert.Equal(["Running"], await host.EndAsync());
    }

    private EmbeddedPlatform Open() => EmbeddedPlatform.Open(folder["data"], TimeProvider.System, JobHost.Programs);

    private static async Task<JobState> Describe(EmbeddedPlatform platform) =>
        (await platform.Jobs.DescribeAsync(JobHost.Tenant, "job"))!;

    private static async Task<JobState> End(EmbeddedPlatform platform)
    {
        var end = new JobState("job", JobStatus.Submitted, null, null);
        await Until(async () =>
            (end = await Describe(platform)).Status is not (JobStatus.Submitted or JobStatus.Running)
        );
        return end;
    }

    private static async Task<int> PidIn(string file)
    {
        var pid = 0;
        await Until(() => Task.FromResult(File.Exists(file) && int.TryParse(File.ReadAllText(file), out pid)));
        return pid;
    }

    private static Task Gone(int pid) => Until(() => Task.FromResult(!IsRunning(pid)));

    private static bool IsRunning(int pid)
    {
        var stat = $"/proc/{pid}/stat";
        try
        {
            return File.Exists(stat) && !File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
