using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

/// <summary>What every <see cref="IJobs"/> does.</summary>
public abstract class JobsContract
{
    protected const string Shell = "shell";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected TenantId Tenant { get; } = Tenants.New();

    /// <summary>With one program configured, <see cref="Shell"/>, which runs its argument as a script of a POSIX shell.</summary>
    protected abstract IJobs Jobs { get; }

    [Fact]
    public async Task A_job_that_ends_well_has_succeeded()
    {
        await Jobs.SubmitAsync(Job("a", "exit 0"));
        Assert.Equal(new JobState("a", JobStatus.Succeeded, 0, null), await End("a"));
    }

    [Fact]
    public async Task The_same_name_again_is_the_same_job()
    {
        await Jobs.SubmitAsync(Job("a", "exit 0"));
        var end = await End("a");
        Assert.Equal(end, await Jobs.SubmitAsync(Job("a", "exit 1")));
        Assert.Equal(end, await End("a"));
    }

    [Fact]
    public async Task A_cancelled_job_stays_cancelled()
    {
        await Jobs.SubmitAsync(Job("a", "sleep 600 & wait"));
        Assert.True(await Jobs.CancelAsync(Tenant, "a"));
        Assert.Equal(JobStatus.Cancelled, (await End("a")).Status);
        Assert.False(await Jobs.CancelAsync(Tenant, "a"));
        Assert.Equal(JobStatus.Cancelled, (await Jobs.SubmitAsync(Job("a", "exit 0"))).Status);
    }

    [Fact]
    public async Task What_has_ended_or_is_unknown_cannot_be_cancelled()
    {
        Assert.False(await Jobs.CancelAsync(Tenant, "a"));
        await Jobs.SubmitAsync(Job("a", "exit 0"));
        await End("a");
        Assert.False(await Jobs.CancelAsync(Tenant, "a"));
        Assert.Equal(JobStatus.Succeeded, (await Jobs.DescribeAsync(Tenant, "a"))!.Status);
    }

    [Fact]
    public async Task Another_tenant_sees_and_cancels_nothing()
    {
        var stranger = Tenants.New();
        await Jobs.SubmitAsync(Job("a", "sleep 600"));
        Assert.Null(await Jobs.DescribeAsync(stranger, "a"));
        Assert.False(await Jobs.CancelAsync(stranger, "a"));
        Assert.True(await Jobs.CancelAsync(Tenant, "a"));
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
        Assert.Null(await Jobs.DescribeAsync(Tenant, "a"));
    }

    protected JobRequest Job(string name, string script) =>
        new(Tenant, name, Shell, [script], new Dictionary<string, string>());

    protected async Task<JobState> End(string name)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var state = (await Jobs.DescribeAsync(Tenant, name, limit.Token))!;
            if (state.Status is not (JobStatus.Submitted or JobStatus.Running))
            {
                return state;
            }

            await Task.Delay(10, limit.Token);
        }
    }
}
