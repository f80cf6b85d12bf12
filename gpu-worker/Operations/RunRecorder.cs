using System.Security.Cryptography;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;
using Lace.Records.Training;
using Lace.Worker.Training;

namespace Lace.Worker.Operations;

/// <summary>A step as it goes into a run.</summary>
internal sealed record LoggedStep(long Position, TrainStepResult Result, DateTimeOffset At);

/// <summary>
/// Records the steps on the registered dataset into a run. The batches of all steps that are coming follow from a secret that was drawn
/// before; their order is committed, and sent, before the first of their losses exists.
/// </summary>
/// <remarks>An empty batch has no loss: it is left out of the order and of the log.</remarks>
internal sealed class RunRecorder : IDisposable
{
    /// <summary>Steps of an order where the training has no agreed end, and the most of any.</summary>
    private const long UsualSteps = 2_000;
    private const long MostSteps = 20_000;

    private readonly WorkerStores stores;
    private readonly ClientLease lease;
    private readonly PoissonSampler sampler;
    private readonly RunLog log;
    private readonly string process = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private (CommittedOrder Order, MerkleHash[] Chain)? known;
    private long sent = -1;
    private bool started;

    private RunRecorder(WorkerStores stores, ClientLease lease, PoissonSampler sampler, RunLog log) =>
        (this.stores, this.lease, this.sampler, this.log) = (stores, lease, sampler, log);

    /// <summary>Null where the training is logged into no run.</summary>
    /// <exception cref="UnusableException">There is no such run.</exception>
    public static async Task<RunRecorder?> OpenAsync(WorkerStores stores, ClientLease lease, TrainingSession session)
    {
        if (lease.Client.Config.RunId is not { } runId || session.Sampler is not { } sampler)
        {
            return null;
        }

        var opened =
            await RunLog.OpenAsync(stores.Items, stores.Blobs, stores.Keys, lease.Tenant, lease.ClientId, runId)
            ?? throw new UnusableException(
                "RUN_NOT_FOUND",
                "The run that this training is logged into is not there, or its key is gone.",
                OperationError.User
            );
        var recorder = new RunRecorder(stores, lease, sampler, opened);
        await recorder.SendAsync();
        return recorder;
    }

    /// <summary>Before steps are made: sees to it that the order of their batches is committed and in the queue.</summary>
    public async Task PrepareAsync(long position, long steps)
    {
        var state = State;
        if (
            state is { Finished: true }
            || (state?.Order is { } order && order.At == position && position + steps <= order.End)
        )
        {
            return;
        }

        var most = lease.Client.Config.MaxSteps is { } agreed ? agreed - position : UsualSteps;
        var next = new CommittedOrder(
            (state?.Order?.Epoch ?? -1) + 1,
            position,
            Math.Max(steps, Math.Min(most, MostSteps)),
            position,
            0
        );
        var chain = ChainOf(next);
        var batches = Batches(next);
        var items = new List<LossItem>(Beginning(state));
        items.Add(new OrderItem(next.Epoch, batches.Sum(batch => (long)batch.Count), batches.Count, chain[0]));
        await lease.LogRunAsync(await log.AppendAsync(state, items) with { Order = next });
        await SendAsync();
    }

    /// <summary>The run's log with these steps, for the transaction that ends their operation.</summary>
    public async Task<RunLogState?> RecordAsync(IReadOnlyList<LoggedStep> steps, bool last)
    {
        if (State is not { Finished: false, Order: { } order } state)
        {
            return null;
        }

        var items = new List<LossItem>(Beginning(state));
        foreach (var step in steps)
        {
            if (step.Result.Records is { Count: > 0 } records)
            {
                items.Add(
                    new PointItem(
                        new LossPoint(
                            step.Position,
                            step.Result.Loss ?? double.NaN,
                            [new(records, order.Epoch, order.Logged)],
                            step.Result.Tokens,
                            step.Result.Optimizer.LearningRate,
                            AtMilliseconds: step.At.ToUnixTimeMilliseconds()
                        )
                    )
                );
                order = order with { Logged = order.Logged + 1 };
            }

            order = order with { At = step.Position + 1 };
        }

        items.Add(new TailItem(order.Epoch, order.Logged, ChainOf(order)[order.Logged]));
        if (last)
        {
            var points = state.Points + items.Count(item => item is PointItem);
            items.Add(new FinishItem(stores.Clock.GetUtcNow().ToUnixTimeMilliseconds(), points, 0));
        }

        return await log.AppendAsync(state, items) with
        {
            Order = order,
        };
    }

    /// <summary>After that transaction. Where the process ends before this, the next one sends.</summary>
    public async Task SendAsync()
    {
        if (State is { Unsent: [.., var last] unsent })
        {
            await RunLog.SendAsync(stores.Blobs, lease.Tenant, stores.Losses, unsent);
            sent = last.Seq;
        }
    }

    public void Dispose() => log.Dispose();

    /// <summary>As stored, without what this process has sent.</summary>
    private RunLogState? State =>
        lease.Client.RunLog is { } state
            ? state with
            {
                Unsent = [.. state.Unsent.Where(segment => segment.Seq > sent)],
            }
            : null;

    private IEnumerable<LossItem> Beginning(RunLogState? state)
    {
        if (!started)
        {
            started = true;
            yield return new StartItem(
                stores.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
                process,
                Resumed: state is not null
            );
        }
    }

    private MerkleHash[] ChainOf(CommittedOrder order)
    {
        if (known is not { } held || held.Order.Epoch != order.Epoch)
        {
            known = held = (order, OrderCommitment.Chain(Batches(order)));
        }

        return held.Chain;
    }

    private List<IReadOnlyList<int>> Batches(CommittedOrder order)
    {
        var batches = new List<IReadOnlyList<int>>();
        for (var position = order.From; position < order.End; position++)
        {
            if (sampler.Batch(position) is { Length: > 0 } batch)
            {
                batches.Add(batch);
            }
        }

        return batches;
    }
}
