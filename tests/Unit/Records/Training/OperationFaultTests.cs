using Lace.Records.Training;
using Lace.Tests.Functions.LossIngest;

namespace Lace.Tests.Records.Training;

/// <summary>The process dies around each write of a whole story, and another goes on: nothing is charged twice or done uncharged.</summary>
public sealed class OperationFaultTests
{
    private const int Steps = 3;

    public static TheoryData<int, bool> Deaths
    {
        get
        {
            var deaths = new TheoryData<int, bool>();
            for (var write = 0; write < 16; write++)
            {
                deaths.Add(write, false);
                deaths.Add(write, true);
            }

            return deaths;
        }
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task A_story_that_is_killed_and_told_again_ends_the_same(int dieAt, bool afterTheWrite)
    {
        using var world = new TrainingWorld();
        var client = await world.Open().CreateAsync(TrainingWorld.For(Steps));
        var dying = new DyingStores(world.Platform.Items, world.Platform.Blobs, dieAt, afterTheWrite);
        var died = false;
        try
        {
            await TellAsync(world.Open(dying, dying), client.Id);
        }
        catch (ProcessDied)
        {
            died = true;
            world.Clock.Advance(TrainingWorld.Lease * 2);
            await TellAsync(world.Open(), client.Id);
        }

        Assert.Equal(dieAt < 11, died);
        var stores = world.Open();
        var budget = (await stores.BudgetAsync(client.Id))!;
        Assert.Equal((Steps, Steps, Steps), (budget.Spent.Steps, budget.Held.Steps, budget.DeclaredSteps));
        var after = await stores.GetAsync(client.Id);
        Assert.Equal((Steps + 1, 0, Steps, Steps), (after.NextToRun, after.Pending, after.Step, after.StepsAccepted));
        var audit = await stores.AuditAsync();
        Assert.Equal(Steps, audit.Count(entry => entry is ("optim_step", "accepted", _)));
        Assert.Equal(Steps, audit.Where(entry => entry is ("optim_step", "completed", _)).Distinct().Count());
        Assert.Equal(1 + (2 * Steps), audit.Count);
    }

    /// <summary>A caller who repeats what it has no answer for, and a worker that does what is there.</summary>
    private static async Task TellAsync(Stores stores, string client)
    {
        for (var seq = 1; seq <= Steps; seq++)
        {
            var answer = await stores.AcceptAsync(client, TrainingWorld.Step($"{{\"n\":{seq}}}", seq));
            Assert.True(answer.Outcome is AcceptOutcome.Accepted or AcceptOutcome.Repeated);
        }

        var lease = (await stores.ClaimAsync(client))!;
        while (await stores.RunOneAsync(lease)) { }

        Assert.True(await lease.ReleaseAsync(TestContext.Current.CancellationToken));
    }
}
