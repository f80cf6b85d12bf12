using System.Diagnostics;
using Lace.Cryptography.Sealing;
using Lace.Platform;
using Lace.Records.Tenancy;
using Lace.Records.Training;
using Lace.Worker.Training;

namespace Lace.Worker.Operations;

/// <summary>The life of a worker: claim, restore, do what is there in order, keep the state, leave when idle.</summary>
/// <remarks>Belongs to one thread. The heartbeat runs beside it and ends the process where the lease is lost.</remarks>
internal sealed class OperationLoop(WorkerSettings settings, WorkerStores stores, WorkerLog log) : IDisposable
{
    /// <summary>Attempts at an operation that ends its worker.</summary>
    public const int MaxAttempts = 3;

    /// <summary>Claims without any progress before what waits is failed: the training itself cannot be restored.</summary>
    private const int MaxStarts = 6;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(25);

    private readonly CancellationTokenSource leaving = new();
    private OpenedTraining? training;
    private Payloads? payloads;
    private RunRecorder? run;
    private StateKeeper? keeper;

    /// <summary>Asks it to keep the state and leave after the operation that it is at.</summary>
    public void Leave() => leaving.Cancel();

    /// <summary>Until nothing is left to do. False where another worker has the client, or there is none.</summary>
    public async Task<bool> RunAsync(Action<Exception> onLost)
    {
        var lease = await ClientLease.ClaimAsync(
            stores.Items,
            stores.Audit,
            stores.Clock,
            settings.Tenant,
            settings.ClientId,
            settings.Job,
            settings.Lease
        );
        if (lease is null)
        {
            log.Write("client_not_claimed");
            return false;
        }

        log.Write("client_claimed", ("starts", lease.Starts));
        await using var heartbeat = new Heartbeat(lease, settings.Lease, stores.Clock, onLost);
        try
        {
            if (lease.Starts > MaxStarts)
            {
                await FailAllAsync(
                    lease,
                    new OperationError(
                        "WORKER_CRASHED",
                        $"The worker ended {MaxStarts} times while it restored this training.",
                        OperationError.Server
                    )
                );
            }
            else
            {
                await WorkAsync(lease);
            }
        }
        catch (UnusableException unusable)
        {
            log.Write("client_unusable", ("code", unusable.Error.Code));
            await FailAllAsync(lease, unusable.Error);
        }
        finally
        {
            Close();
        }

        log.Write("client_released");
        return true;
    }

    public void Dispose()
    {
        Close();
        leaving.Dispose();
    }

    private async Task WorkAsync(ClientLease lease)
    {
        while (true)
        {
            if (await NextAsync(lease) is { } next)
            {
                await DoAsync(lease, next);
            }
            else if (await LeaveAsync(lease))
            {
                return;
            }
        }
    }

    /// <summary>The next operation, waited for until idle; null where the worker has to go.</summary>
    private async Task<Operation?> NextAsync(ClientLease lease)
    {
        var began = stores.Clock.GetTimestamp();
        while (!leaving.IsCancellationRequested)
        {
            if (await lease.NextAsync() is { } next)
            {
                return next;
            }

            if (lease.Client.IsTerminated || stores.Clock.GetElapsedTime(began) >= settings.Idle)
            {
                return null;
            }

            await Task.Delay(BetweenLooks, leaving.Token)
                .ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext
                );
        }

        return null;
    }

    private async Task<bool> LeaveAsync(ClientLease lease)
    {
        if (keeper is not null && training is not null && !lease.Client.IsTerminated)
        {
            await keeper.KeepAsync(training.Session, onlyIfChanged: true);
        }

        if (!leaving.IsCancellationRequested)
        {
            return await lease.ReleaseAsync();
        }

        await lease.LeaveAsync();
        return true;
    }

    private async Task DoAsync(ClientLease lease, Operation next)
    {
        if (next.Status == OperationStatus.Running && next.Attempts >= MaxAttempts)
        {
            log.Write("operation_given_up", ("seq", next.Seq), ("attempts", next.Attempts));
            await lease.FailAsync(next, OperationError.Poison(next.Attempts), certainlyUntouched: false);
            return;
        }

        if (training is null)
        {
            await RestoreAsync(lease);
        }

        if (await lease.BeginAsync(next) is not { } begun)
        {
            return; // cancelled meanwhile
        }

        var watch = Stopwatch.StartNew();
        if (await TryAsync(lease, begun) is not { } completion)
        {
            return;
        }

        try
        {
            await lease.CompleteAsync(begun, payloads!, completion);
        }
        catch (PlanUsedUpException full)
        {
            await DiscardAsync(completion);
            await FailAsync(
                lease,
                begun,
                new("QUOTA_EXCEEDED", $"The artifact was not kept. {full.Message}", OperationError.User),
                certainlyUntouched: true
            );
            return;
        }

        log.Write(
            "operation_completed",
            ("seq", begun.Seq),
            ("operation", begun.Kind),
            ("attempt", begun.Attempts),
            ("duration_ms", watch.Elapsed.TotalMilliseconds)
        );
        if (run is not null)
        {
            await run.SendAsync();
        }

        if (begun.ChangesSession)
        {
            await keeper!.ChangedAsync(training!.Session, begun.Seq, watch.Elapsed);
        }
    }

    /// <summary>The blobs of artifacts that no item will name.</summary>
    private async Task DiscardAsync(Completion completion)
    {
        foreach (var id in completion.Produced ?? [])
        {
            await foreach (var path in stores.Blobs.ListAsync(settings.Tenant, Artifacts.Folder(id)))
            {
                await stores.Blobs.DeleteAsync(new BlobKey(settings.Tenant, path));
            }
        }
    }

    /// <summary>Null where the operation failed, which is stored then, and the training is as it was before it.</summary>
    private async Task<Completion?> TryAsync(ClientLease lease, Operation begun)
    {
        var untouched = begun.Attempts == 1;
        try
        {
            var request = await payloads!.OpenAsync(Payloads.RequestName(begun.RequestHash), begun.Request);
            return await new OperationRunner(stores, lease, training!, run).RunAsync(begun, request);
        }
        catch (Exception refused) when (refused is TrainingRefusedException or ArgumentException)
        {
            // What a session refuses it leaves as it was.
            await FailAsync(lease, begun, new("OPERATION_REFUSED", refused.Message, OperationError.User), untouched);
        }
        catch (ArtifactException unopened)
        {
            await FailAsync(lease, begun, new(unopened.Code, unopened.Message, OperationError.Server), untouched);
        }
        catch (PayloadException unreadable)
        {
            await FailAsync(
                lease,
                begun,
                new("REQUEST_UNREADABLE", unreadable.Message, OperationError.Server),
                untouched
            );
        }
        catch (Exception failure)
            when (failure is not (LeaseLostException or StorageException or OperationCanceledException))
        {
            // Whatever it was, the session may have stopped half way: it is restored from what was stored.
            log.Fail("operation_broke", failure, ("seq", begun.Seq));
            Close();
            await FailAsync(
                lease,
                begun,
                new(
                    "OPERATION_FAILED",
                    $"The operation failed on the worker ({failure.GetType().Name}). The training is as it was before it.",
                    OperationError.Server
                ),
                certainlyUntouched: false
            );
        }

        return null;
    }

    private async Task FailAsync(ClientLease lease, Operation begun, OperationError error, bool certainlyUntouched)
    {
        await lease.FailAsync(begun, error, certainlyUntouched);
        log.Write(
            "operation_failed",
            ("seq", begun.Seq),
            ("operation", begun.Kind),
            ("code", error.Code),
            ("category", error.Category)
        );
    }

    /// <summary>The session as it was after the last operation that ended: from the newest state, and what came after it done again.</summary>
    private async Task RestoreAsync(ClientLease lease)
    {
        var watch = Stopwatch.StartNew();
        payloads = await OpenPayloadsAsync(lease);
        training = await OpenedTraining.OpenAsync(stores, settings, settings.Tenant, lease.Client);
        await lease.OpenedAsync(training.Model.WeightsDigest);
        keeper = new StateKeeper(stores, settings, lease, log);
        await keeper.RestoreAsync(training.Session);
        run = await RunRecorder.OpenAsync(stores, lease, training.Session);
        var replayed = await ReplayAsync(lease, training, payloads, keeper);
        if (training.Session.Step != lease.Client.Step)
        {
            throw new UnusableException(
                "STATE_LOST",
                $"The stored state and log lead to step {training.Session.Step}, and {lease.Client.Step} were made.",
                OperationError.Server
            );
        }

        log.Write(
            "training_restored",
            ("step", training.Session.Step),
            ("replayed", replayed),
            ("duration_ms", watch.Elapsed.TotalMilliseconds)
        );
    }

    private async Task<Payloads> OpenPayloadsAsync(ClientLease lease)
    {
        try
        {
            return await Payloads.OpenAsync(stores.Keys, stores.Blobs, settings.Tenant, lease.Client);
        }
        catch (PayloadException gone)
        {
            throw new UnusableException("KEY_GONE", gone.Message, OperationError.Server);
        }
    }

    /// <summary>What ended before ends the same way again, or what is stored is not what was.</summary>
    private async Task<int> ReplayAsync(ClientLease lease, OpenedTraining opened, Payloads requests, StateKeeper states)
    {
        var replayed = 0;
        var runner = new OperationRunner(stores, lease, opened, run);
        await foreach (var operation in lease.ReplayAsync(states.After))
        {
            try
            {
                var request = await requests.OpenAsync(Payloads.RequestName(operation.RequestHash), operation.Request);
                await runner.ReplayAsync(operation, request);
            }
            catch (Exception changed)
                when (changed is PayloadException or ArtifactException or TrainingRefusedException)
            {
                throw new UnusableException(
                    "STATE_LOST",
                    $"Operation {operation.Seq} cannot be done again to restore this training: {changed.Message}",
                    OperationError.Server
                );
            }

            states.Replayed(operation.Seq);
            replayed++;
        }

        return replayed;
    }

    private async Task FailAllAsync(ClientLease lease, OperationError error)
    {
        do
        {
            while (await lease.NextAsync() is { } next)
            {
                await FailAsync(lease, next, error, certainlyUntouched: next.Attempts == 0);
            }

            await lease.GiveUpAsync(error);
        } while (!await lease.ReleaseAsync());
    }

    private void Close()
    {
        run?.Dispose();
        training?.Dispose();
        payloads?.Dispose();
        (run, training, payloads, keeper) = (null, null, null, null);
    }
}
