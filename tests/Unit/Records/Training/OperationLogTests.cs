using Lace.Records.Training;

namespace Lace.Tests.Records.Training;

/// <summary>One place, one request, one end.</summary>
public sealed class OperationLogTests : IDisposable
{
    private readonly TrainingWorld world = new();
    private readonly Stores stores;

    public OperationLogTests() => stores = world.Open();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Operations_get_places_in_the_order_of_acceptance_and_run_in_it()
    {
        var client = await stores.CreateAsync();
        for (var i = 1; i <= 3; i++)
        {
            var (outcome, operation, _) = await stores.AcceptAsync(
                client.Id,
                TrainingWorld.Ask(OperationKind.ForwardBackward, $"{{\"n\":{i}}}")
            );
            Assert.Equal((AcceptOutcome.Accepted, i), (outcome, operation!.Seq));
        }

        var lease = (await stores.ClaimAsync(client.Id))!;
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(i, (await lease.NextAsync(Cancel))!.Seq);
            Assert.True(await stores.RunOneAsync(lease));
        }

        Assert.Null(await lease.NextAsync(Cancel));
        var after = await stores.GetAsync(client.Id);
        Assert.Equal((4, 0, ClientStatus.Initializing), (after.NextToRun, after.Pending, after.Status));
        Assert.Equal(7, (await stores.AuditAsync()).Count);
    }

    [Fact]
    public async Task A_repeat_is_the_same_future_and_another_body_is_a_conflict()
    {
        var client = await stores.CreateAsync(TrainingWorld.For(5));
        var first = await stores.AcceptAsync(client.Id, TrainingWorld.Step("{\"lr\":1}", 1));
        var again = await stores.AcceptAsync(client.Id, TrainingWorld.Step("{\"lr\":1}", 1));
        Assert.Equal(AcceptOutcome.Repeated, again.Outcome);
        Assert.Equal(first.Operation!.FutureId, again.Operation!.FutureId);
        Assert.Equal(
            AcceptOutcome.SeqConflict,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Step("{\"lr\":2}", 1))).Outcome
        );
        Assert.Equal(
            AcceptOutcome.SeqConflict,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample, "{\"lr\":1}", 1))).Outcome
        );
        var lease = (await stores.ClaimAsync(client.Id))!;
        await stores.RunOneAsync(lease);
        Assert.Equal(
            AcceptOutcome.Repeated,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Step("{\"lr\":1}", 1))).Outcome
        );
        Assert.Equal((1, 1), await ChargesAsync(client.Id));
    }

    [Fact]
    public async Task A_gap_waits_for_its_place()
    {
        var client = await stores.CreateAsync();
        var second = await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.OptimStep, seq: 2));
        var lease = (await stores.ClaimAsync(client.Id))!;
        Assert.Null(await lease.NextAsync(Cancel));
        Assert.True((await stores.ViewAsync(second.Operation!.FutureId)).WaitsForPlace);
        await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.ForwardBackward, seq: 1));
        Assert.False((await stores.ViewAsync(second.Operation.FutureId)).WaitsForPlace);
        Assert.Equal(1, (await lease.NextAsync(Cancel))!.Seq);
        Assert.Equal(3, (await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample))).Operation!.Seq);
        Assert.Equal(
            AcceptOutcome.SeqTooFar,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample, seq: 2000))).Outcome
        );
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(7, 3)]
    public async Task Of_racing_callers_exactly_as_many_are_accepted_as_the_budget_has_steps(int steps, int processes)
    {
        var client = await stores.CreateAsync(TrainingWorld.For(steps));
        var callers = Enumerable
            .Range(0, 10)
            .Select(i => i % processes)
            .GroupBy(i => i)
            .SelectMany(group =>
            {
                var process = world.Open();
                return group.Select(_ => process.AcceptAsync(client.Id, TrainingWorld.Step()));
            })
            .ToArray();
        var answers = await Task.WhenAll(callers);
        Assert.Equal(steps, answers.Count(answer => answer.Outcome == AcceptOutcome.Accepted));
        Assert.Equal(10 - steps, answers.Count(answer => answer.Outcome == AcceptOutcome.BudgetExceeded));
        Assert.Equal((0, steps), await ChargesAsync(client.Id));
        Assert.Equal(1 + steps, (await stores.AuditAsync()).Count);
    }

    [Fact]
    public async Task Cancelling_gives_the_charge_back_and_what_began_is_not_cancelled()
    {
        var client = await stores.CreateAsync(TrainingWorld.For(1));
        var first = (await stores.AcceptAsync(client.Id, TrainingWorld.Step())).Operation!;
        Assert.True(await stores.CancelAsync(first.FutureId));
        Assert.False(await stores.CancelAsync(first.FutureId));
        Assert.Equal((0, 0), await ChargesAsync(client.Id));
        var second = (await stores.AcceptAsync(client.Id, TrainingWorld.Step())).Operation!;
        var lease = (await stores.ClaimAsync(client.Id))!;
        Assert.Equal(second.Seq, (await lease.NextAsync(Cancel))!.Seq);
        Assert.NotNull(await lease.BeginAsync(second, Cancel));
        Assert.False(await stores.CancelAsync(second.FutureId));
        Assert.Equal((0, 1), await ChargesAsync(client.Id));
        Assert.Equal(OperationStatus.Cancelled, (await stores.ViewAsync(first.FutureId)).Operation.Status);
    }

    [Theory]
    [InlineData(true, 1, false)]
    [InlineData(false, 0, true)]
    public async Task A_failed_step_is_charged_unless_no_noise_was_drawn_for_certain(
        bool mayHaveDrawn,
        int spent,
        bool anotherFits
    )
    {
        var client = await stores.CreateAsync(TrainingWorld.For(1));
        var operation = (await stores.AcceptAsync(client.Id, TrainingWorld.Step())).Operation!;
        var lease = (await stores.ClaimAsync(client.Id))!;
        var begun = (await lease.BeginAsync(operation, Cancel))!;
        await lease.FailAsync(begun, OperationError.Poison(3), certainlyUntouched: !mayHaveDrawn, Cancel);
        Assert.Equal((spent, spent), await ChargesAsync(client.Id));
        Assert.Equal(
            anotherFits ? AcceptOutcome.Accepted : AcceptOutcome.BudgetExceeded,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Step())).Outcome
        );
    }

    [Fact]
    public async Task A_worker_that_lost_its_lease_ends_nothing()
    {
        var client = await stores.CreateAsync(TrainingWorld.For(1));
        var operation = (await stores.AcceptAsync(client.Id, TrainingWorld.Step())).Operation!;
        var slow = (await stores.ClaimAsync(client.Id, "slow"))!;
        var begun = (await slow.BeginAsync(operation, Cancel))!;
        Assert.Null(await stores.ClaimAsync(client.Id, "other"));
        world.Clock.Advance(TrainingWorld.Lease * 2);
        var other = (await world.Open().ClaimAsync(client.Id, "other"))!;
        Assert.Equal(2, (await other.BeginAsync(operation, Cancel))!.Attempts);
        await Assert.ThrowsAsync<LeaseLostException>(() => slow.ExtendAsync(Cancel));
        await Assert.ThrowsAsync<LeaseLostException>(() =>
            slow.FailAsync(begun, OperationError.Poison(3), false, Cancel)
        );
        Assert.True(await stores.RunOneAsync(other));
        Assert.Equal((1, 1), await ChargesAsync(client.Id));
    }

    [Fact]
    public async Task A_worker_leaves_only_where_nothing_came_meanwhile()
    {
        var client = await stores.CreateAsync();
        var lease = (await stores.ClaimAsync(client.Id))!;
        await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample));
        Assert.False(await lease.ReleaseAsync(Cancel));
        Assert.Equal([(TrainingWorld.Tenant, client.Id)], await WaitingAsync());
        await stores.RunOneAsync(lease);
        Assert.True(await lease.ReleaseAsync(Cancel));
        Assert.Empty(await WaitingAsync());
        Assert.NotNull(await stores.ClaimAsync(client.Id));
    }

    [Fact]
    public async Task A_terminated_client_takes_nothing_and_what_waited_is_cancelled()
    {
        var client = await stores.CreateAsync();
        var operation = (await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample))).Operation!;
        var ended = await stores.Clients.TerminateAsync(
            TrainingWorld.Tenant,
            client.Id,
            TrainingWorld.Request(),
            Cancel
        );
        Assert.Equal(ClientStatus.Terminated, ended!.Status);
        Assert.Equal(OperationStatus.Cancelled, (await stores.ViewAsync(operation.FutureId)).Operation.Status);
        Assert.Equal(
            AcceptOutcome.Terminated,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample))).Outcome
        );
        Assert.Null(await stores.ClaimAsync(client.Id));
        Assert.Empty(await WaitingAsync());
    }

    [Fact]
    public async Task Steps_stop_at_the_number_that_was_agreed()
    {
        var client = await stores.CreateAsync(maxSteps: 5);
        Assert.Equal(
            AcceptOutcome.Accepted,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.TrainStep, steps: 4))).Outcome
        );
        Assert.Equal(
            AcceptOutcome.MaxStepsReached,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.TrainStep, steps: 2))).Outcome
        );
        Assert.Equal(AcceptOutcome.Accepted, (await stores.AcceptAsync(client.Id, TrainingWorld.Step())).Outcome);
        Assert.Equal(
            AcceptOutcome.MaxStepsReached,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Step())).Outcome
        );
        Assert.Equal(
            AcceptOutcome.Accepted,
            (await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample))).Outcome
        );
    }

    [Fact]
    public async Task Another_tenants_client_and_future_are_not_there()
    {
        var client = await stores.CreateAsync();
        var operation = (await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample))).Operation!;
        var other = new Lace.Platform.TenantId("other");
        Assert.Null(await stores.Clients.GetAsync(other, client.Id, Cancel));
        Assert.Null(await stores.Log.GetAsync(other, operation.FutureId, Cancel));
        Assert.False(await stores.Log.CancelAsync(other, operation.FutureId, TrainingWorld.Request(), Cancel));
        Assert.Equal(
            AcceptOutcome.ClientNotFound,
            (await stores.Log.AcceptAsync(other, client.Id, TrainingWorld.Step(), Cancel)).Outcome
        );
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task Requests_and_results_come_back_and_are_not_stored_in_the_clear(int bytes)
    {
        var body = new string('x', bytes);
        var client = await stores.CreateAsync();
        var operation = (
            await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Forward, body))
        ).Operation!;
        Assert.Equal(bytes > 65_536, operation.Request.Blob is not null);
        var lease = (await stores.ClaimAsync(client.Id))!;
        await stores.RunOneAsync(lease);
        var view = await stores.ViewAsync(operation.FutureId);
        Assert.Equal(OperationStatus.Completed, view.Operation.Status);
        var result = await stores.Log.ResultAsync(TrainingWorld.Tenant, view.Operation, Cancel);
        Assert.Equal("{\"done\":true}", System.Text.Encoding.UTF8.GetString(result));
        var stored = await world.Platform.Items.QueryAsync(new(TrainingWorld.Tenant, "TC#" + client.Id), Cancel);
        Assert.DoesNotContain(stored.Items, item => item.Document.Contains("xxxx", StringComparison.Ordinal));
    }

    public void Dispose() => world.Dispose();

    private async Task<(long Spent, long Held)> ChargesAsync(string client)
    {
        var budget = (await stores.BudgetAsync(client))!;
        return (budget.Spent.Steps, budget.Held.Steps);
    }

    private async Task<List<(Lace.Platform.TenantId, string)>> WaitingAsync()
    {
        var all = new List<(Lace.Platform.TenantId, string)>();
        await foreach (var client in stores.Clients.WaitingAsync(Cancel))
        {
            all.Add(client);
        }

        return all;
    }
}
