using System.Diagnostics;
using Lace.Privacy;
using Lace.Records.Training;
using Lace.SystemTests.Platform;

namespace Lace.SystemTests.Operations;

/// <summary>Workers that are killed. What the callers see in the end is what they see where nobody kills.</summary>
public sealed class CrashTests
{
    private const int Kills = 10;

    [Fact]
    public async Task Killed_again_and_again_a_training_ends_with_the_same_weights_each_operation_once_and_charged_once()
    {
        using var calm = await WorkerWorld.CreateAsync();
        var client = await calm.ClientAsync(
            WorkerWorld.Config(WorkerWorld.Private(), lora: new(2, 4, 0.1, ["q_proj", "v_proj"]))
        );
        await calm.TrainAsync(client, 1);
        var artifact = await calm.SavedAsync(client);
        var operations = await StoryAsync(calm, client, artifact);
        using var stormy = await calm.CopyAsync("stormy");

        await calm.WorkAsync(client, autosave: 1000);
        var kills = await SurviveAsync(stormy, client);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kills} kills");
        Assert.InRange(kills, 3, Kills);

        foreach (var operation in operations)
        {
            var (undisturbed, disturbed) = (await calm.ResultAsync(operation), await stormy.ResultAsync(operation));
            if (operation.Kind == OperationKind.SaveState)
            {
                Assert.Equal(
                    undisturbed.GetProperty("content_hash").GetString(),
                    disturbed.GetProperty("content_hash").GetString()
                );
            }
            else
            {
                Assert.Equal(undisturbed.GetRawText(), disturbed.GetRawText());
            }
        }

        var steps = operations.Sum(operation => operation.Steps) + 1;
        foreach (var world in (WorkerWorld[])[calm, stormy])
        {
            var budget = (await world.Stores.Clients.BudgetAsync(WorkerWorld.Tenant, client.Id))!;
            Assert.Equal((steps, steps), (budget.Spent.Steps, budget.Held.Steps));
            var after = await world.ReadAsync(client);
            Assert.Equal((0, ClientStatus.Ready), (after.Pending, after.Status));
            await AuditedOnceAsync(world, operations);
        }
    }

    [Fact]
    public async Task An_operation_that_ends_its_worker_each_time_is_failed_and_the_next_goes_on()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config(WorkerWorld.Private()));
        var poison = await world.TrainAsync(client, 1);
        var next = await world.TrainAsync(client, 1);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var lease = await ClientLease.ClaimAsync(
                world.Stores.Items,
                world.Stores.Audit,
                world.Stores.Clock,
                WorkerWorld.Tenant,
                client.Id,
                "doomed",
                TimeSpan.FromMilliseconds(1),
                TestContext.Current.CancellationToken
            );
            Assert.NotNull(await lease!.BeginAsync(poison, TestContext.Current.CancellationToken));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await world.WorkAsync(client);
        Assert.Equal("OPERATION_CRASHED", (await world.ErrorAsync(poison)).Code);
        Assert.Equal(1, (await world.ResultAsync(next)).GetProperty("step").GetInt64());

        // Its noise may have been drawn: it stays charged.
        Assert.Equal(2, (await world.Stores.Clients.BudgetAsync(WorkerWorld.Tenant, client.Id))!.Spent.Steps);
    }

    [Fact]
    public async Task A_worker_that_leaves_keeps_the_state_and_the_next_does_nothing_again()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config());
        await world.TrainAsync(client, 3);
        await world.BatchAsync(client, [5, 6, 7]);
        await world.WorkAsync(client);
        using var straight = await world.CopyAsync("straight");
        Assert.NotNull((await world.ReadAsync(client)).State);
        var step = await world.StepAsync(client);
        var log = await world.WorkAsync(client);
        var restored = log.Single(line => line.GetProperty("event").GetString() == "training_restored");
        Assert.Equal(3, restored.GetProperty("step").GetInt32());
        Assert.Equal(0, restored.GetProperty("replayed").GetInt32());
        Assert.Equal(4, (await world.ResultAsync(step)).GetProperty("step").GetInt64());
    }

    [Fact]
    public async Task A_worker_that_slept_past_its_lease_ends_at_once_and_writes_nothing()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config());
        await world.ResultAsync(await StartedAsync(world, client, out var worker));
        await StopAsync(world, worker);
        await LeaseEndsAsync(world, client);
        var other = await ClientLease.ClaimAsync(
            world.Stores.Items,
            world.Stores.Audit,
            world.Stores.Clock,
            WorkerWorld.Tenant,
            client.Id,
            "other",
            TimeSpan.FromMinutes(1),
            TestContext.Current.CancellationToken
        );
        Assert.NotNull(other);
        var train = await world.TrainAsync(client, 1);
        Signal("CONT", worker);
        await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(75, worker.ExitCode);
        Assert.Equal(train.Seq, (await other.NextAsync(TestContext.Current.CancellationToken))!.Seq);
        worker.Dispose();
    }

    [Fact]
    public async Task A_worker_that_is_told_to_stop_keeps_the_state_and_frees_the_client_with_work_left()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config());
        await world.ResultAsync(await StartedAsync(world, client, out var worker));
        for (var i = 0; i < 30; i++)
        {
            await world.TrainAsync(client, 20);
        }

        Signal("TERM", worker);
        await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, worker.ExitCode);
        var left = await world.ReadAsync(client);
        Assert.Equal(left.NextToRun - 1, left.State!.After);
        Assert.True(left.Pending > 0);
        var log = await world.WorkAsync(client);
        var restored = log.Single(line => line.GetProperty("event").GetString() == "training_restored");
        Assert.Equal(0, restored.GetProperty("replayed").GetInt32());
        Assert.Equal(601, (await world.ReadAsync(client)).Step);
        worker.Dispose();
    }

    /// <summary>A worker that has done its first operation and waits for more.</summary>
    private static Task<Operation> StartedAsync(WorkerWorld world, TrainingClient client, out Process worker)
    {
        var started = world.Start(client, idle: 60);
        _ = started.StandardError.ReadToEndAsync();
        worker = started;
        return world.TrainAsync(client, 1);
    }

    /// <summary>Stopped in the middle of a write it would hold the lock of the store, and nobody could take its client.</summary>
    private static async Task StopAsync(WorkerWorld world, Process worker)
    {
        for (Signal("STOP", worker); !world.CanWrite(); Signal("STOP", worker))
        {
            Signal("CONT", worker);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private static void Signal(string signal, Process process)
    {
        // The shell's own: the program is not on every Debian.
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -s {signal} {process.Id}"]);
        kill.WaitForExit();
    }

    private static async Task<List<Operation>> StoryAsync(WorkerWorld world, TrainingClient client, string artifact)
    {
        var story = new List<Operation>();
        for (var i = 0; i < 8; i++)
        {
            story.Add(await world.TrainAsync(client, 3));
            story.Add(await world.BatchAsync(client, [1 + i, 2, 3, 4], [9, 8 + i, 7]));
            story.Add(await world.BatchAsync(client, [4, 4, 4, 4 + i]));
            story.Add(await world.StepAsync(client));
            if (i == 4)
            {
                story.Add(await world.LoadAsync(client, artifact));
            }
        }

        story.Add(
            await world.AcceptAsync(
                client,
                OperationKind.Sample,
                "{\"prompts\":[\"record\"],\"max_tokens\":8,\"seed\":4,\"logprobs\":true}"
            )
        );
        story.Add(await world.AcceptAsync(client, OperationKind.SaveState));
        return story;
    }

    /// <summary>Workers, each killed a random moment after it got on; the last one lives.</summary>
    private static async Task<int> SurviveAsync(WorkerWorld world, TrainingClient client)
    {
        var random = new Random(7);
        for (var kills = 0; ; kills++)
        {
            using var worker = world.Start(client, autosave: 3);
            _ = worker.StandardError.ReadToEndAsync();
            if (kills == Kills)
            {
                await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.Equal(0, worker.ExitCode);
                return kills;
            }

            var began = (await world.ReadAsync(client)).NextToRun;
            var wanted = began + random.Next(1, 4);
            while (!worker.HasExited && (await world.ReadAsync(client)).NextToRun < wanted)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            if (worker.HasExited)
            {
                Assert.Equal(0, worker.ExitCode);
                return kills;
            }

            await Task.Delay(random.Next(0, 12), TestContext.Current.CancellationToken);
            worker.Kill();
            await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
            await LeaseEndsAsync(world, client);
        }
    }

    private static async Task LeaseEndsAsync(WorkerWorld world, TrainingClient client)
    {
        while ((await world.ReadAsync(client)).Lease is { } lease && lease.Until > world.Stores.Clock.GetUtcNow())
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static async Task AuditedOnceAsync(WorkerWorld world, List<Operation> operations)
    {
        var text = new System.Text.StringBuilder();
        await foreach (
            var lines in new Lace.Records.Audit.AuditEntries(world.Stores.Items).JsonLinesAsync(
                WorkerWorld.Tenant,
                TestContext.Current.CancellationToken
            )
        )
        {
            text.Append(System.Text.Encoding.UTF8.GetString(lines.Span));
        }

        var ends = text.ToString()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.GetProperty("phase").GetString() == "completed")
            .Select(entry => entry.GetProperty("object_id").GetString())
            .ToLookup(id => id);
        Assert.All(operations, operation => Assert.Single(ends[operation.FutureId]));
    }
}
