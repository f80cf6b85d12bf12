using System.Net;
using Lace.Moto;
using Lace.Platform;
using Lace.SystemTests.Platform.Aws;

namespace Lace.SystemTests.Lambda;

/// <summary>What the service accepted with 202 is in the run's log, once, whatever happened to the function and to AWS meanwhile.</summary>
public sealed class FaultTests(MotoFixture moto)
{
    [Fact]
    public async Task A_function_is_killed_in_the_middle_of_a_batch()
    {
        await using var world = await FaultWorld.StartAsync(moto.Address);
        var losses = world.Service.Service.Function("losses");
        var writes = 0;
        world.Service.Front.Faults.Set(request =>
        {
            // The process dies at every other transaction: the first has taken effect nevertheless, the next has not.
            if (request.Operation != "TransactWriteItems" || ++writes > 8 || writes % 2 == 0)
            {
                return AwsFault.None;
            }

            foreach (var sandbox in losses.Sandboxes)
            {
                sandbox.Kill();
            }

            return writes % 4 == 1 ? AwsFault.None : AwsFault.Dropped;
        });
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(2));
        await world.AssertWholeAsync();
        Assert.True(losses.Starts > 2, $"only {losses.Starts} processes were started");
    }

    [Fact]
    public async Task A_storm_of_throttling()
    {
        await using var world = await FaultWorld.StartAsync(moto.Address);
        var random = new Random(1);
        world.Service.Front.Faults.Set(request =>
            request.Service == AwsService.DynamoDb && random.Next(2) == 0 ? AwsFault.Throttled : AwsFault.None
        );
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(5));
        await world.AssertWholeAsync();
        Assert.True(world.Service.Front.Faults.Count(AwsFault.Throttled) > 10);
    }

    [Fact]
    public async Task Storage_that_answers_409_412_and_503()
    {
        await using var world = await FaultWorld.StartAsync(moto.Address);
        // After the first one the object is there, and its repetition is 412.
        AwsFault[] faults = [AwsFault.FailedAfter, AwsFault.Conflict, AwsFault.Throttled, AwsFault.Failed];
        var writes = 0;
        world.Service.Front.Faults.Set(request =>
            request.Service == AwsService.S3
            && request.Operation.StartsWith("PUT ", StringComparison.Ordinal)
            && writes++ % 5 is var attempt and < 4
                ? faults[attempt]
                : AwsFault.None
        );
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(5));
        await world.AssertWholeAsync();
        Assert.All(faults, fault => Assert.True(world.Service.Front.Faults.Count(fault) > 0));
    }

    [Fact]
    public async Task Credentials_that_expired()
    {
        await using var world = await FaultWorld.StartAsync(moto.Address);
        await world.SendAllAsync();
        world.Service.Front.Faults.Set(request => request.Service == AwsService.Sqs ? AwsFault.None : AwsFault.Expired);
        world.Service.Consume(TimeSpan.FromSeconds(1));
        var answer = await world.Client.Http.GetAsync($"/v1/runs/{world.Run}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains(
            "storage_unavailable",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );

        // Long enough for every message to be given up on: they are dead letters then, and an operator brings them back.
        await FaultWorld.UntilAsync(async () => (await world.DeadAsync()).Count == world.Sent);
        world.Service.Front.Faults.Set(_ => AwsFault.None);
        await world.Service.Platform.Queue("losses").RedriveAsync(TestContext.Current.CancellationToken);
        await world.AssertWholeAsync();
    }

    [Fact]
    public async Task A_message_that_cannot_be_stored_holds_up_no_other()
    {
        await using var world = await FaultWorld.StartAsync(moto.Address);
        var (key, head) = await world.HeadAsync();
        await world.Service.Platform.Items.WriteAsync(ItemWrite.Put(key, "[]"), TestContext.Current.CancellationToken);
        var poisoned = world.Run;
        await world.SendAllAsync();
        await world.BeginAnotherAsync();
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(1));
        await world.AssertWholeAsync();

        await FaultWorld.UntilAsync(async () => (await world.DeadAsync()).Count == world.Sent);
        await world.Service.Platform.Items.WriteAsync(ItemWrite.Put(key, head), TestContext.Current.CancellationToken);
        await world.Service.Platform.Queue("losses").RedriveAsync(TestContext.Current.CancellationToken);
        await world.AssertWholeAsync(poisoned);
    }
}

/// <summary>Alone, because the SDK has one correction of the clock for the whole process.</summary>
[Collection(nameof(ClockTests))]
public sealed class ClockFaultTests(MotoFixture moto) : IDisposable
{
    [Fact]
    public async Task A_clock_that_is_wrong_by_an_hour()
    {
        await using var world = await FaultWorld.StartAsync(moto.Address);
        world.Service.Front.Faults.ClockSkew = TimeSpan.FromHours(1);
        await world.SendAllAsync();
        world.Service.Consume(TimeSpan.FromSeconds(5));
        await world.AssertWholeAsync();
    }

    public void Dispose() => Amazon.AWSConfigs.ManualClockCorrection = null;
}
