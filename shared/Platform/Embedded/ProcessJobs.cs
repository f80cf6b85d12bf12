using System.Collections.Concurrent;
using System.ComponentModel;

namespace Lace.Platform.Embedded;

/// <summary>Jobs as child processes. Their state is in the item store, so any host of the same folder answers for them.</summary>
/// <remarks>
/// Order of writes: the record (submitted, with the host that is about to start it), the process, the record (running, with the
/// process). A host that dies between leaves a submitted job, which the next call about it starts again.
/// The child finds its names in LACE_TENANT and LACE_JOB.
/// </remarks>
/// <param name="folder">Output of the jobs: <c>tenant/name/attempt/out</c>, <c>err</c>, <c>exit</c>.</param>
/// <param name="programs">By name, the file to run and its first arguments.</param>
internal sealed class ProcessJobs(
    string folder,
    IItemStore items,
    IReadOnlyDictionary<string, IReadOnlyList<string>> programs
) : IJobs
{
    // Claims of what this process is starting right now, through whichever object.
    private static readonly ConcurrentDictionary<string, bool> Starting = new(StringComparer.Ordinal);

    public async Task<JobState> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default)
    {
        var key = JobRequests.PlaceOf(request.Tenant, request.Name);
        JobRequests.Check(request, programs.ContainsKey(request.Program));
        var record = new JobRecord(
            request.Program,
            request.Arguments,
            request.Environment,
            JobStatus.Submitted,
            ProcessIdentity.Current,
            NewClaim(),
            Attempt: 1
        );
        await StartAsync(ItemWrite.Create(key, record.ToDocument()), 1, record);

        return (await DescribeAsync(request.Tenant, request.Name, cancellationToken))!;
    }

    public async Task<JobState?> DescribeAsync(
        TenantId tenant,
        string name,
        CancellationToken cancellationToken = default
    )
    {
        while (await items.GetAsync(JobRequests.PlaceOf(tenant, name), cancellationToken) is { } item)
        {
            var record = JobRecord.Parse(item.Document);
            if (record.Status == JobStatus.Submitted && !IsStarting(record))
            {
                await RestartAsync(item, record);
            }
            else if (record.Status == JobStatus.Running && EndOf(item.Key, record) is { } ended)
            {
                await items.WriteAsync(ItemWrite.Replace(item, ended.ToDocument()), cancellationToken);
            }
            else
            {
                return record.ToState(name);
            }
        }

        return null;
    }

    public async Task<bool> CancelAsync(TenantId tenant, string name, CancellationToken cancellationToken = default)
    {
        while (await DescribeAsync(tenant, name, cancellationToken) is not null)
        {
            var item = await items.GetAsync(JobRequests.PlaceOf(tenant, name), cancellationToken);
            var record = JobRecord.Parse(item!.Document);
            if (record.Status is not (JobStatus.Submitted or JobStatus.Running))
            {
                return false;
            }

            var cancelled = record with { Status = JobStatus.Cancelled };
            if (await items.WriteAsync(ItemWrite.Replace(item, cancelled.ToDocument()), cancellationToken))
            {
                // Who is just starting it finds the record changed and kills the process.
                Kill(record.Process);
                return true;
            }
        }

        return false;
    }

    private Task RestartAsync(Item item, JobRecord record)
    {
        var mine = record with { Host = ProcessIdentity.Current, Claim = NewClaim(), Attempt = record.Attempt + 1 };
        return StartAsync(ItemWrite.Replace(item, mine.ToDocument()), item.Version + 1, mine);
    }

    /// <summary>Starts the job if the claim succeeds. Takes no cancellation: a process that was started gets into the record.</summary>
    private async Task StartAsync(ItemWrite claim, long version, JobRecord record)
    {
        Starting[record.Claim] = true;
        try
        {
            if (await items.WriteAsync(claim))
            {
                await StartAsync(new Item(claim.Key, claim.Document!, version), record);
            }
        }
        finally
        {
            Starting.TryRemove(record.Claim, out _);
        }
    }

    private async Task StartAsync(Item item, JobRecord record)
    {
        var started = Start(item.Key, record);
        var recorded = false;
        try
        {
            recorded = await items.WriteAsync(ItemWrite.Replace(item, started.ToDocument()));
        }
        finally
        {
            // Cancelled meanwhile, or the store failed: no process that no record knows.
            if (!recorded)
            {
                Kill(started.Process);
            }
        }
    }

    private JobRecord Start(ItemKey key, JobRecord record)
    {
        try
        {
            var environment = record
                .Environment.Append(new("LACE_TENANT", key.Tenant.Value))
                .Append(new("LACE_JOB", key.Sort));
            var command = programs.TryGetValue(record.Program, out var program)
                ? program.Concat(record.Arguments)
                : throw new InvalidOperationException($"no program {record.Program} is configured any more");
            var process = JobProcess.Start(FolderOf(key, record), command, environment);
            // One that has ended already has left its exit code, which is all that is asked for.
            return record with { Status = JobStatus.Running, Process = process ?? new ProcessIdentity(0, "") };
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return record with { Status = JobStatus.Failed, Reason = e.Message };
        }
    }

    /// <summary>Whether somebody who lives is about to start it.</summary>
    private static bool IsStarting(JobRecord record) =>
        record.Host == ProcessIdentity.Current ? Starting.ContainsKey(record.Claim) : record.Host.IsAlive;

    /// <summary>The record of a job that has ended, or null while it runs.</summary>
    private JobRecord? EndOf(ItemKey key, JobRecord record)
    {
        // In this order: the exit code is there before the process is gone.
        var alive = record.Process!.IsAlive;
        return JobProcess.ExitCode(FolderOf(key, record)) switch
        {
            null => alive ? null : record with { Status = JobStatus.Failed, Reason = ReasonOfLoss(record) },
            0 => record with { Status = JobStatus.Succeeded, ExitCode = 0 },
            { } code => record with
            {
                Status = JobStatus.Failed,
                ExitCode = code,
                Reason = JobProcess.LastError(FolderOf(key, record)) is { Length: > 0 } line
                    ? line
                    : $"exit code {code}",
            },
        };
    }

    private static string NewClaim() => Guid.NewGuid().ToString("n");

    private static string ReasonOfLoss(JobRecord record) =>
        record.Host.IsAlive ? "killed before it could leave an exit code" : "lost with its host";

    private static void Kill(ProcessIdentity? process)
    {
        if (process is not null)
        {
            JobProcess.KillTree(process);
        }
    }

    private string FolderOf(ItemKey key, JobRecord record) =>
        Path.Combine(folder, key.Tenant.Value, key.Sort, record.Attempt.ToString());
}
