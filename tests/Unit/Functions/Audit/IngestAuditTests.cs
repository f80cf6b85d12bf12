using Lace.Evidence.Audit;
using Lace.Tests.Functions.LossIngest;

namespace Lace.Tests.Functions.Audit;

/// <summary>Batches of segments and their entries, also where the process dies between any two writes.</summary>
public sealed class IngestAuditTests : IDisposable
{
    private readonly IngestWorld world = new();

    [Fact]
    public async Task Each_stored_batch_has_one_entry_with_the_digest_of_its_blob()
    {
        var (run, script) = await world.NewRunAsync();
        await world.SendAsync(IngestWorld.Fill(script, 100).Bodies);
        await world.DrainAsync();
        await world.SendAsync(script.Bodies);
        await world.DrainAsync();
        await AssertBatchesAsync(run.RunId, 100);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task A_process_that_dies_leaves_no_batch_without_entry_and_no_entry_without_batch(
        int dieAt,
        bool afterTheWrite
    )
    {
        var (run, script) = await world.NewRunAsync();
        await world.SendAsync(IngestWorld.Fill(script, 60).Bodies);
        var stores = new DyingStores(world.Items, world.Blobs, dieAt, afterTheWrite);
        await Assert.ThrowsAsync<ProcessDied>(() => world.DrainAsync(world.Consumer(stores, stores)));
        Assert.True((await AuditFiles.VerifyAsync(world.Items, IngestWorld.Tenant)).Holds);
        world.LetVisibilityPass();
        await world.DrainAsync();
        await AssertBatchesAsync(run.RunId, 60);
    }

    public void Dispose() => world.Dispose();

    private async Task AssertBatchesAsync(string runId, int segments)
    {
        Assert.True((await AuditFiles.VerifyAsync(world.Items, IngestWorld.Tenant)).Holds);
        var entries = await AuditFiles.EntriesAsync(world.Items, IngestWorld.Tenant);
        var batches = entries.Where(entry => entry.GetProperty("operation").GetString() == "run.losses").ToList();
        var stored = new List<string>();
        for (var seq = 0; seq < segments; seq++)
        {
            var (segment, _) = (await world.Runs.GetSegmentAsync(IngestWorld.Tenant, runId, seq, default))!.Value;
            stored.Add(segment.Blob);
        }

        Assert.Equal(
            stored.Distinct(),
            batches.Select(entry =>
                $"runs/{runId}/{entry.GetProperty("request_hash").GetString()!["sha256:".Length..]}"
            )
        );
    }
}
