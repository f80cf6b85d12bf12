using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

/// <summary>What a job sees and leaves, where the adapter under test runs jobs on this machine.</summary>
public abstract class RunningJobsContract : JobsContract
{
    [Fact]
    public async Task A_job_that_fails_tells_its_code_and_its_last_line()
    {
        await Jobs.SubmitAsync(Job("a", "echo first >&2; printf 'no\\tmemory\\033 left \\n\\n' >&2; exit 3"));
        Assert.Equal(new JobState("a", JobStatus.Failed, 3, "nomemory left"), await End("a"));
    }

    [Fact]
    public async Task A_reason_is_one_short_line_also_if_the_job_wrote_a_megabyte()
    {
        await Jobs.SubmitAsync(Job("a", "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1"));
        var end = await End("a");
        Assert.Equal(JobStatus.Failed, end.Status);
        Assert.InRange(end.Reason!.Length, 1, 300);
    }

    [Fact]
    public async Task A_job_that_fails_silently_still_has_a_reason()
    {
        await Jobs.SubmitAsync(Job("a", "exit 4"));
        Assert.Equal(new JobState("a", JobStatus.Failed, 4, "exit code 4"), await End("a"));
    }

    [Fact]
    public async Task A_job_knows_its_names_its_arguments_and_its_environment()
    {
        var request = Job("a", "test \"$LACE_TENANT/$LACE_JOB/$EXTRA/$0/$1\" = \"$EXPECTED\" || exit 9") with
        {
            Arguments = ["test \"$LACE_TENANT/$LACE_JOB/$EXTRA/$0/$1\" = \"$EXPECTED\"", "zero", "o n'e\"$(x)"],
            Environment = new Dictionary<string, string>
            {
                ["EXTRA"] = "e x=1\n2",
                ["EXPECTED"] = $"{Tenant}/a/e x=1\n2/zero/o n'e\"$(x)",
            },
        };
        await Jobs.SubmitAsync(request);
        Assert.Equal(JobStatus.Succeeded, (await End("a")).Status);
    }

    [Fact]
    public async Task A_job_that_failed_is_not_started_again_by_its_name()
    {
        await Jobs.SubmitAsync(Job("a", "exit 5"));
        var end = await End("a");
        Assert.Equal(end, await Jobs.SubmitAsync(Job("a", "exit 0")));
        Assert.Equal(end, await End("a"));
    }

    [Fact]
    public async Task Concurrent_submissions_of_a_name_start_one_job()
    {
        await Task.WhenAll(
            Enumerable.Range(0, 6).Select(n => Task.Run(() => Jobs.SubmitAsync(Job("a", $"exit 1{n}"))))
        );
        var end = await End("a");
        Assert.InRange(end.ExitCode!.Value, 10, 15);
        Assert.Equal(end, await Jobs.DescribeAsync(Tenant, "a"));
    }
}
