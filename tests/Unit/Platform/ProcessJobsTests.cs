using System.Diagnostics;
using System.Runtime.Versioning;
using Lace.Platform;
using Lace.Platform.Embedded;

namespace Lace.Tests.Platform;

[UnsupportedOSPlatform("windows")]
public sealed class ProcessJobsTests : IDisposable
{
    private static readonly ItemKey Key = new(PlatformFolder.Tenant, "JOBS", "job");

    private readonly PlatformFolder folder = new();
    private readonly EmbeddedPlatform platform;
    private readonly ProcessJobs jobs;

    public ProcessJobsTests()
    {
        platform = folder.Open();
        var programs = new Dictionary<string, IReadOnlyList<string>>
        {
            ["shell"] = ["/bin/sh", "-c"],
            ["absent"] = ["/nowhere/at/all"],
        };
        jobs = new ProcessJobs(folder["jobs"], platform.Items, programs);
    }

    public void Dispose()
    {
        platform.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_start_of_this_host_that_failed_halfway_is_repeated()
    {
        var record = Record("shell", "exit 3") with { Host = ProcessIdentity.Current, Claim = "of a call that threw" };
        await platform.Items.WriteAsync(ItemWrite.Create(Key, record.ToDocument()));
        Assert.Equal(3, (await End()).ExitCode);
    }

    [Fact]
    public async Task A_program_that_does_not_exist_fails_and_says_so()
    {
        await jobs.SubmitAsync(Request("absent"));
        var end = await End();
        Assert.Equal((JobStatus.Failed, 127), (end.Status, end.ExitCode));
        Assert.Contains("/nowhere/at/all", end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_configured_no_more_fails_and_says_so()
    {
        await platform.Items.WriteAsync(ItemWrite.Create(Key, Record("retired", "").ToDocument()));
        var state = await jobs.DescribeAsync(Key.Tenant, "job");
        Assert.Equal(JobStatus.Failed, state!.Status);
        Assert.Contains("retired", state.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_killed_with_its_shell_does_not_blame_the_host()
    {
        await jobs.SubmitAsync(Request("shell", "kill -9 $PPID"));
        var end = await End();
        Assert.Equal((JobStatus.Failed, (int?)null), (end.Status, end.ExitCode));
        Assert.StartsWith("killed", end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submitting_does_not_wait_for_the_job()
    {
        var state = await jobs.SubmitAsync(Request("shell", "exec sleep 600"));
        Assert.Equal(JobStatus.Running, state.Status);
        Assert.True(await jobs.CancelAsync(Key.Tenant, "job"));
    }

    [Fact]
    public void A_process_is_known_by_more_than_its_number()
    {
        using var self = Process.GetCurrentProcess();
        Assert.Equal(ProcessIdentity.Current, ProcessIdentity.Find(self.Id));
        Assert.True(ProcessIdentity.Current.IsAlive);
        Assert.False((ProcessIdentity.Current with { Started = "another time" }).IsAlive);
        Assert.Null(ProcessIdentity.Find(1_999_999_999));
    }

    private static JobRecord Record(string program, string script) =>
        new(
            program,
            [script],
            new Dictionary<string, string>(),
            JobStatus.Submitted,
            new ProcessIdentity(1_999_999_999, ""),
            "",
            1
        );

    private static JobRequest Request(string program, params string[] arguments) =>
        new(Key.Tenant, Key.Sort, program, arguments, new Dictionary<string, string>());

    private async Task<JobState> End()
    {
        JobState? state = null;
        await Until.HoldsAsync(
            async () =>
            {
                state = (await jobs.DescribeAsync(Key.Tenant, "job"))!;
                return state.Status is not (JobStatus.Submitted or JobStatus.Running);
            },
            "the end of the job"
        );
        return state!;
    }
}
