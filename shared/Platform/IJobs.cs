namespace Lace.Platform;

/// <summary>Long work outside the request: a child process here, a Batch job on AWS. May start more than once.</summary>
public interface IJobs
{
    /// <summary>Starts the job once per name: the same tenant and name again returns the job that is there.</summary>
    Task<JobState> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default);

    /// <summary>The job, or null where this tenant has none of that name.</summary>
    Task<JobState?> DescribeAsync(TenantId tenant, string name, CancellationToken cancellationToken = default);

    /// <summary>Asks the job to stop; false where it is not running.</summary>
    Task<bool> CancelAsync(TenantId tenant, string name, CancellationToken cancellationToken = default);
}

/// <param name="Name">Unique in the tenant: 1 to 100 ASCII letters, digits, <c>. _ - ~</c>.</param>
/// <param name="Environment">Kept in the store with the job, so no secrets: name them, do not pass them.</param>
/// <param name="Program">Which of the configured programs to run: never a path from a caller.</param>
public sealed record JobRequest(
    TenantId Tenant,
    string Name,
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment
);

public enum JobStatus
{
    Submitted,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// <param name="Reason">Why it failed, in one line; null otherwise.</param>
public sealed record JobState(string Name, JobStatus Status, int? ExitCode, string? Reason);
