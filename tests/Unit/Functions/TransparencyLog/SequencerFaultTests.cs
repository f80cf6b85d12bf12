using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.TransparencyLog;
using Lace.Tests.Functions.LossIngest;

namespace Lace.Tests.Functions.TransparencyLog;

/// <summary>Every storage call of a run, one after the other, goes wrong in every way; after each the log has to be whole.</summary>
public sealed class SequencerFaultTests(ITestOutputHelper output)
{
    /// <summary>What becomes of one storage call.</summary>
    private enum Fault
    {
        FailsBefore,
        FailsAfter,
        DiesBefore,
        DiesAfter,
    }

    [Fact]
    public async Task Nothing_is_lost_wherever_a_call_fails_or_the_process_dies()
    {
        var prepared = await PreparedAsync();
        var runs = 0;
        foreach (var fault in Enum.GetValues<Fault>())
        {
            var hit = true;
            for (var call = 0; hit; call++)
            {
                var world = new LogWorld(prepared.Clone());
                hit = await RunAsync(world, call, fault);
                await world.AssertWholeAsync();
                runs++;
            }
        }

        output.WriteLine($"fault matrix: {runs} runs");
    }

    [Fact]
    public async Task Nothing_is_lost_on_a_new_log_either()
    {
        var runs = 0;
        foreach (var fault in Enum.GetValues<Fault>())
        {
            var hit = true;
            for (var call = 0; hit; call++)
            {
                var world = new LogWorld();
                hit = await RunAsync(world, call, fault);
                await world.AssertWholeAsync();
                runs++;
            }
        }

        output.WriteLine($"fault matrix of a new log: {runs} runs");
    }

    /// <summary>A swap that took place and is reported as lost, as by a client that repeats a request whose answer was cut off.</summary>
    [Fact]
    public async Task A_write_that_took_place_may_be_reported_as_refused()
    {
        var prepared = await PreparedAsync();
        foreach (var path in new[] { "lock/checkpoint", "checkpoint", "staging", "tile" })
        {
            var world = new LogWorld(prepared.Clone());
            var lies = new LyingBlobStore(world.Stores, path);
            var sequencer = new Sequencer(
                world.Stores,
                lies,
                new LogPlace(LogWorld.Keys.Origin),
                LogWorld.Keys,
                world.Signal,
                world.Clock,
                Microsoft.Extensions.Logging.Abstractions.NullLogger<Sequencer>.Instance
            );
            await world.PromiseAsync("one", "two", "three");
            while (await sequencer.RunBatchAsync() > 0) { }

            Assert.Equal(1, lies.Lies);
            await world.AssertWholeAsync();
        }
    }

    /// <summary>Two sequencers: the first stops before each of its calls while the second does all its work, and then goes on.</summary>
    [Fact]
    public async Task Two_sequencers_at_once_lose_time_and_nothing_else()
    {
        var prepared = await PreparedAsync();
        var (runs, met) = (0, true);
        for (var call = 0; met; call++)
        {
            var world = new LogWorld(prepared.Clone());
            met = await InterleaveAsync(world, call, async second => await DrainAsync(second));
            await world.AssertWholeAsync();
            runs++;
        }

        output.WriteLine($"two sequencers: {runs} runs");
    }

    /// <summary>The same, but the second also stops at each of its calls, until the first is done.</summary>
    [Fact]
    public async Task Two_sequencers_may_stop_and_go_on_in_any_order()
    {
        var prepared = await PreparedAsync();
        var runs = 0;
        for (var (call, met) = (0, true); met; call++)
        {
            for (var (other, metOther) = (0, true); metOther; other++)
            {
                var world = new LogWorld(prepared.Clone());
                (met, metOther) = await CrossAsync(world, call, other);
                await world.AssertWholeAsync();
                runs++;
            }
        }

        output.WriteLine($"two sequencers, both stopped: {runs} runs");
    }

    /// <summary>A log of 254 entries, so that the next batches cross the end of a tile.</summary>
    private static async Task<MemoryStores> PreparedAsync()
    {
        var world = new LogWorld();
        await world.PromiseAsync(Enumerable.Range(0, 254).Select(i => $"before {i}"));
        Assert.Equal(254, await world.Sequencer().RunBatchAsync());
        return world.Stores;
    }

    /// <returns>Whether the run has so many calls.</returns>
    private static async Task<bool> RunAsync(LogWorld world, int faulty, Fault fault)
    {
        var (calls, hit) = (0, false);
        var sequencer = world.Sequencer();
        foreach (var bodies in new string[][] { ["a"], ["b", "c", "before 7", "d"], ["a", "e"] })
        {
            world.Stores.Around = (_, effect) => effect();
            await world.PromiseAsync(bodies);
            world.Stores.Around = FaultyAsync;
            for (var again = true; again; )
            {
                try
                {
                    again = await sequencer.RunBatchAsync() > 0;
                }
                catch (StorageException)
                {
                    // The loop of the host calls again.
                }
                catch (ProcessDied)
                {
                    sequencer = world.Sequencer();
                }
            }
        }

        return hit;

        async Task FaultyAsync(string what, Func<Task> effect)
        {
            if (Interlocked.Increment(ref calls) - 1 != faulty)
            {
                await effect();
                return;
            }

            hit = true;
            if (fault is Fault.FailsAfter or Fault.DiesAfter)
            {
                await effect();
            }

            throw fault is Fault.DiesBefore or Fault.DiesAfter
                ? new ProcessDied()
                : new StorageException($"{what} failed for the test.");
        }
    }

    private static async Task<bool> InterleaveAsync(LogWorld world, int stopAt, Func<Sequencer, Task> meanwhile)
    {
        await world.PromiseAsync("a", "b", "c");
        var (calls, met) = (0, false);
        world.Stores.Around = async (_, effect) =>
        {
            if (!met && Interlocked.Increment(ref calls) - 1 == stopAt)
            {
                met = true;
                await world.PromiseAsync("d");
                await meanwhile(world.Sequencer());
            }

            await effect();
        };
        await DrainAsync(world.Sequencer());
        return met;
    }

    private static async Task<(bool, bool)> CrossAsync(LogWorld world, int firstStop, int secondStop)
    {
        var gates = (First: new Gate(firstStop), Second: new Gate(secondStop));
        await world.PromiseAsync("a", "b", "c");
        var current = new AsyncLocal<Gate?>();
        world.Stores.Around = async (_, effect) =>
        {
            await (current.Value?.PassAsync() ?? Task.CompletedTask);
            await effect();
        };

        var first = As(gates.First);
        await Task.WhenAny(gates.First.Reached, first);
        await world.PromiseAsync("d");
        var second = As(gates.Second);
        await Task.WhenAny(gates.Second.Reached, second);
        gates.First.Open();
        await first;
        gates.Second.Open();
        await second;
        return (gates.First.Reached.IsCompleted, gates.Second.Reached.IsCompleted);

        Task As(Gate gate) =>
            Task.Run(async () =>
            {
                current.Value = gate;
                await DrainAsync(world.Sequencer());
            });
    }

    private static async Task DrainAsync(Sequencer sequencer)
    {
        while (await sequencer.RunBatchAsync() > 0) { }
    }

    /// <summary>Stops one caller before its n-th call until it is opened.</summary>
    private sealed class Gate(int stopAt)
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int calls;

        public Task Reached => reached.Task;

        public void Open() => opened.TrySetResult();

        public Task PassAsync()
        {
            if (Interlocked.Increment(ref calls) - 1 != stopAt)
            {
                return Task.CompletedTask;
            }

            reached.TrySetResult();
            return opened.Task;
        }
    }
}
