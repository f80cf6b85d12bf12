namespace Lace.Platform.Aws;

/// <summary>Jobs in AWS Batch. Which job has which name is in the item store, because Batch lets many have one name.</summary>
/// <remarks>
/// Order of writes: the record, with a claim to submit the job; the submission; the record, with its id. Who is stopped between
/// leaves a claim that runs out; the next call about the job looks for it in Batch by the name that it has there, and submits it
/// if there is none. The container finds its names in LACE_TENANT and LACE_JOB. What a job wrote before it failed is in its log.
/// </remarks>
internal sealed class BatchJobs(
    AwsSettings settings,
    IItemStore items,
    BatchApi batch,
    AwsCalls calls,
    TimeProvider clock
) : IJobs
{
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(60);

    public async Task<JobState> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default)
    {
        var key = JobRequests.PlaceOf(request.Tenant, request.Name);
        JobRequests.Check(request, settings.Job(request.Program) is not null);
        var record = new BatchRecord(
            JobStatus.Submitted,
            $"lace-{Guid.NewGuid():n}",
            request.Program,
            request.Arguments,
            request.Environment,
            clock.GetUtcNow() + Claim
        );
        if (await items.WriteAsync(ItemWrite.Create(key, record.ToDocument()), cancellationToken))
        {
            await StartAsync(new Item(key, record.ToDocument(), 1), record, cancellationToken);
        }

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
            var record = BatchRecord.Parse(item.Document);
            if (record.HasEnded)
            {
                return record.ToState(name);
            }

            if (record.JobId is null)
            {
                if (record.ClaimedUntil > clock.GetUtcNow())
                {
                    return record.ToState(name);
                }

                await RestartAsync(item, record, cancellationToken);
                continue;
            }

            var seen = await LookAsync(record, cancellationToken);
            if (seen == record || await items.WriteAsync(ItemWrite.Replace(item, seen.ToDocument()), cancellationToken))
            {
                return seen.ToState(name);
            }
        }

        return null;
    }

    public async Task<bool> CancelAsync(TenantId tenant, string name, CancellationToken cancellationToken = default)
    {
        while (await DescribeAsync(tenant, name, cancellationToken) is not null)
        {
            var item = await items.GetAsync(JobRequests.PlaceOf(tenant, name), cancellationToken);
            var record = BatchRecord.Parse(item!.Document);
            if (record.HasEnded)
            {
                return false;
            }

            var cancelled = record with { Status = JobStatus.Cancelled };
            if (await items.WriteAsync(ItemWrite.Replace(item, cancelled.ToDocument()), cancellationToken))
            {
                // Who is just submitting it finds the record changed and ends the job.
                if (record.JobId is { } id)
                {
                    await EndAsync(id, cancellationToken);
                }

                return true;
            }
        }

        return false;
    }

    private async Task RestartAsync(Item item, BatchRecord record, CancellationToken cancellationToken)
    {
        var mine = record with { ClaimedUntil = clock.GetUtcNow() + Claim };
        if (await items.WriteAsync(ItemWrite.Replace(item, mine.ToDocument()), cancellationToken))
        {
            var claimed = new Item(item.Key, mine.ToDocument(), item.Version + 1);
            await StartAsync(claimed, mine, cancellationToken);
        }
    }

    private async Task StartAsync(Item item, BatchRecord record, CancellationToken cancellationToken)
    {
        var (queue, definition) =
            settings.Job(record.Program)
            ?? throw new StorageException($"This process has no queue and definition for jobs of {record.Program}.");
        var id = await calls.RunAsync(
            "submit a job",
            async uncertain =>
            {
                var there =
                    uncertain || item.Version > 1
                        ? await batch.FindAsync(queue, record.JobName, cancellationToken)
                        : null;
                return there
                    ?? await batch.SubmitAsync(Submission(item.Key, record, queue, definition), cancellationToken);
            },
            cancellationToken
        );
        // Not to be cancelled: a job that was submitted gets into the record.
        if (
            !await items.WriteAsync(
                ItemWrite.Replace(item, (record with { JobId = id }).ToDocument()),
                CancellationToken.None
            )
        )
        {
            await EndAsync(id, CancellationToken.None);
        }
    }

    private static BatchSubmission Submission(ItemKey key, BatchRecord record, string queue, string definition) =>
        new(
            record.JobName,
            queue,
            definition,
            new BatchOverrides(
                record.Arguments,
                [
                    .. record.Environment.Select(pair => new BatchVariable(pair.Key, pair.Value)),
                    new BatchVariable("LACE_TENANT", key.Tenant.Value),
                    new BatchVariable("LACE_JOB", key.Sort),
                ]
            )
        );

    /// <summary>The record as Batch sees the job now.</summary>
    private async Task<BatchRecord> LookAsync(BatchRecord record, CancellationToken cancellationToken)
    {
        var job = await calls.RunAsync(
            "look at a job",
            _ => batch.DescribeAsync(record.JobId!, cancellationToken),
            cancellationToken
        );
        return job?.Status switch
        {
            "SUCCEEDED" => record with { Status = JobStatus.Succeeded, ExitCode = job.Container?.ExitCode ?? 0 },
            "FAILED" => record with
            {
                Status = JobStatus.Failed,
                ExitCode = job.Container?.ExitCode,
                Reason = ReasonOf(job),
            },
            "STARTING" or "RUNNING" => record with { Status = JobStatus.Running },
            null => record with { Status = JobStatus.Failed, Reason = "Batch knows the job no more" },
            _ => record,
        };
    }

    private static string ReasonOf(BatchJob job) =>
        job.Container?.Reason
        ?? job.StatusReason
        ?? (job.Container?.ExitCode is { } code ? $"exit code {code}" : "Batch gives no reason");

    private Task EndAsync(string id, CancellationToken cancellationToken) =>
        calls.RunAsync("end a job", () => batch.TerminateAsync(id, "cancelled", cancellationToken), cancellationToken);
}
