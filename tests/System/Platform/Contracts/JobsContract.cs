using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

/// <summary>What every <see cref="IJobs"/> does.</summary>
public abstract class JobsContract
{
    protected const string Shell = "shell";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TenantId tenant = Tenants.New();

    /// <summary>With one program configured, <see cref="Shell"/>, which runs its argument as a script of a POSIX shell.</summary>
    protected abstract IJobs Jobs { get; }

    [Fact]
    public async Task A_job_that_ends_well_has_succeeded()
    {
        await Jobs.SubmitAsync(Job("a", "exit 0"));
        Assert.Equal(new JobState("a", JobStatus.Succeeded, 0, null), await End("a"));
    }

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
                ["EXPECTED"] = $"{tenant}/a/e x=1\n2/zero/o n'e\"$(x)",
            },
        };
        await Jobs.SubmitAsync(request);
        Assert.Equal(JobStatus.Succeeded, (await End("a")).Status);
    }

    [Fact]
    public async Task The_same_name_again_is_the_same_job()
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
        Assert.Equal(end, await Jobs.DescribeAsync(tenant, "a"));
    }

    [Fact]
    public async Task A_cancelled_job_stays_cancelled()
    {
        await Jobs.SubmitAsync(Job("a", "sleep 600 & wait"));
        Assert.True(await Jobs.CancelAsync(tenant, "a"));
        Assert.Equal(JobStatus.Cancelled, (await End("a")).Status);
        Assert.False(await Jobs.CancelAsync(tenant, "a"));
        Assert.Equal(JobStatus.Cancelled, (await Jobs.SubmitAsync(Job("a", "exit 0"))).Status);
    }

    [Fact]
    public async Task What_has_ended_or_is_unknown_cannot_be_cancelled()
    {
        Assert.False(await Jobs.CancelAsync(tenant, "a"));
        await Jobs.SubmitAsync(Job("a", "exit 0"));
        await End("a");
        Assert.False(await Jobs.CancelAsync(tenant, "a"));
        Assert.Equal(JobStatus.Succeeded, (await Jobs.DescribeAsync(tenant, "a"))!.Status);
    }

    [Fact]
    public async Task Another_tenant_sees_and_cancels_nothing()
    {
        var stranger = Tenants.New();
        await Jobs.SubmitAsync(Job("a", "sleep 600"));
        Assert.Null(await Jobs.DescribeAsync(stranger, "a"));
        Assert.False(await Jobs.CancelAsync(stranger, "a"));
        Assert.True(await Jobs.CancelAsync(tenant, "a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    public async Task Refuses_names_outside_the_contract(string name) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Jobs.SubmitAsync(Job(name, "exit 0")));

    [Fact]
    public async Task Refuses_programs_that_are_not_configured_and_what_no_process_can_be_given()
    {
        var job = Job("a", "exit 0");
        await Assert.ThrowsAsync<ArgumentException>(() => Jobs.SubmitAsync(job with { Program = "/bin/sh" }));
        await Assert.ThrowsAsync<ArgumentException>(() => Jobs.SubmitAsync(job with { Arguments = ["a\0b"] }));
        var environment = new Dictionary<string, string> { ["a=b"] = "c" };
        await Assert.ThrowsAsync<ArgumentException>(() => Jobs.SubmitAsync(job with { Environment = environment }));
        Assert.Null(await Jobs.DescribeAsync(tenant, "a"));
    }

    private JobRequest Job(string name, string script) =>
        new(tenant, name, Shell, [script], new Dictionary<string, string>());

    private async Task<JobState> End(string name)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var state = (await Jobs.DescribeAsync(tenant, name, limit.Token))!;
            if (state.Status is not (JobStatus.Submitted or JobStatus.Running))
            {
                return state;
            }

            await Task.Delay(10, limit.Token);
        }
    }
}
