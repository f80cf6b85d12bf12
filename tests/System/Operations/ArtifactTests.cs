using Lace.Platform;
using Lace.Records.Storage;
using Lace.Records.Training;

namespace Lace.SystemTests.Operations;

/// <summary>Saving, going on from what was saved, and attacks on what is stored: each is refused for its reason.</summary>
public sealed class ArtifactTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loaded_training_goes_on_as_the_first_would_and_with_a_cold_optimizer_it_does_not()
    {
        using var world = await WorkerWorld.CreateAsync();
        var first = await world.ClientAsync(WorkerWorld.Config());
        await world.TrainAsync(first, 3);
        var artifact = await world.SavedAsync(first);
        var second = await world.ClientAsync(WorkerWorld.Config());
        var third = await world.ClientAsync(WorkerWorld.Config());
        var hashes = new List<string?>();
        foreach (
            var (client, load, optimizer) in new[] { (first, false, true), (second, true, true), (third, true, false) }
        )
        {
            if (load)
            {
                await world.LoadAsync(client, artifact, optimizer);
            }

            await world.BatchAsync(client, [5, 6, 7, 8], [9, 10]);
            await world.StepAsync(client);
            var sample = await world.AcceptAsync(
                client,
                OperationKind.Forward,
                "{\"batch\":{\"input_ids\":[[5,6,7,8,9,10]]}}"
            );
            await world.WorkAsync(client);
            hashes.Add((await world.ResultAsync(sample)).GetProperty("loss_fn_outputs").GetRawText());
        }

        Assert.Equal(hashes[0], hashes[1]);
        Assert.NotEqual(hashes[0], hashes[2]);
    }

    [Fact]
    public async Task What_another_training_spent_is_charged_where_its_artifact_is_loaded()
    {
        using var world = await WorkerWorld.CreateAsync();
        var first = await world.ClientAsync(WorkerWorld.Config(WorkerWorld.Private()));
        await world.TrainAsync(first, 3);
        var artifact = await world.SavedAsync(first);
        var second = await world.ClientAsync(WorkerWorld.Config(WorkerWorld.Private()));
        var load = await world.LoadAsync(second, artifact);
        await world.TrainAsync(second, 2);
        var save = await world.AcceptAsync(second, OperationKind.SaveState);
        await world.WorkAsync(second);
        Assert.Equal(3, (await world.ResultAsync(load)).GetProperty("step").GetInt64());
        Assert.Equal(5, (await world.Stores.Clients.BudgetAsync(WorkerWorld.Tenant, second.Id))!.Spent.Steps);
        Assert.Equal(5, (await world.ResultAsync(save)).GetProperty("dp_metrics").GetProperty("num_steps").GetInt64());
        var tight = await world.ClientAsync(WorkerWorld.Config(WorkerWorld.Private(epsilon: 0.01)));
        var refused = await world.Log.AcceptAsync(
            WorkerWorld.Tenant,
            tight.Id,
            new(OperationKind.LoadState, "{}"u8.ToArray(), null, 0, WorkerWorld.Audited("{}"), artifact),
            Cancel
        );
        Assert.Equal(AcceptOutcome.BudgetExceeded, refused.Outcome);
    }

    [Fact]
    public async Task An_artifact_without_room_in_the_plan_is_not_kept_and_the_training_goes_on()
    {
        using var world = await WorkerWorld.CreateAsync();
        await world.HasPlanAsync("pilot", usedBytes: 999_999_999);
        var client = await world.ClientAsync(WorkerWorld.Config(WorkerWorld.Private()));
        await world.TrainAsync(client, 2);
        var save = await world.AcceptAsync(client, OperationKind.SaveState);
        var after = await world.TrainAsync(client, 1);
        await world.WorkAsync(client);
        var error = await world.ErrorAsync(save);
        Assert.Equal(("QUOTA_EXCEEDED", OperationError.User), (error.Code, error.Category));
        Assert.Equal(3, (await world.ResultAsync(after)).GetProperty("step").GetInt64());
        Assert.Empty((await world.Stores.Artifacts.ListAsync(WorkerWorld.Tenant, 10, null, Cancel)).Page);
        var blobs = world.Stores.Blobs.ListAsync(WorkerWorld.Tenant, "artifacts/", Cancel);
        Assert.Empty(await blobs.ToArrayAsync(Cancel));

        await world.HasPlanAsync("starter", usedBytes: 999_999_999);
        await world.SavedAsync(client);
    }

    [Fact]
    public async Task Another_tenants_artifact_is_not_there_and_cannot_be_brought_over()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config());
        await world.TrainAsync(client, 1);
        var artifact = await world.SavedAsync(client);
        var thief = new TenantId("tenant-thief");
        Assert.Null(await world.Stores.Artifacts.GetAsync(thief, artifact, Cancel));
        var theirs = await world.ClientAsync(WorkerWorld.Config(), thief);
        var refused = await world.Log.AcceptAsync(
            thief,
            theirs.Id,
            new(OperationKind.LoadState, "{}"u8.ToArray(), null, 0, WorkerWorld.Audited("{}"), artifact),
            Cancel
        );
        Assert.Equal(AcceptOutcome.ArtifactNotFound, refused.Outcome);

        // Even with item and blobs copied over, the key is not one of the thief's.
        var item = (await world.Stores.Items.GetAsync(TrainingIds.Artifact(WorkerWorld.Tenant, artifact), Cancel))!;
        await world.Stores.Items.WriteAsync(
            ItemWrite.Create(TrainingIds.Artifact(thief, artifact), item.Document),
            Cancel
        );
        var stolen = (await world.Stores.Artifacts.GetAsync(thief, artifact, Cancel))!;
        Assert.Equal((ArtifactFault.WrongKey, null), await world.Stores.Artifacts.OpenAsync(thief, stolen, Cancel));
    }

    public static TheoryData<string, string> Attacks =>
        new()
        {
            { "swapped blob", "ARTIFACT_CONTEXT" },
            { "swapped item", "ARTIFACT_KEY" },
            { "truncated", "ARTIFACT_ALTERED" },
            { "cut to nothing", "ARTIFACT_NOT_SEALED" },
            { "flipped byte", "ARTIFACT_ALTERED" },
            { "gone", "ARTIFACT_ALTERED" },
            { "other base", "OPERATION_REFUSED" },
            { "other plan", "OPERATION_REFUSED" },
        };

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task An_artifact_that_is_not_what_was_saved_is_refused_and_the_training_goes_on(
        string attack,
        string code
    )
    {
        using var world = await WorkerWorld.CreateAsync();
        var config = WorkerWorld.Config();
        var client = await world.ClientAsync(config);
        await world.TrainAsync(client, 2);
        var artifact = await world.SavedAsync(client);
        var into = await world.ClientAsync(
            attack switch
            {
                "other base" => config with { ModelRef = "org/other" },
                "other plan" => config with { MaxSeqLength = 31 },
                _ => config,
            }
        );
        var train = await world.TrainAsync(into, 1);
        var load = await world.LoadAsync(into, artifact);
        await AttackAsync(world, client, artifact, attack);
        var next = await world.TrainAsync(into, 1);
        await world.WorkAsync(into);
        await world.ResultAsync(train);
        Assert.Equal(code, (await world.ErrorAsync(load)).Code);
        Assert.Equal(2, (await world.ResultAsync(next)).GetProperty("step").GetInt64());
    }

    [Fact]
    public async Task A_state_under_another_name_or_changed_is_not_gone_on_from()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config());
        await world.TrainAsync(client, 1);
        await world.WorkAsync(client);
        var state = (await world.ReadAsync(client)).State!;
        var key = SealedBlobs.PartKey(WorkerWorld.Tenant, state.Folder, 0);
        var blob = (await world.Stores.Blobs.GetAsync(key, Cancel))!;
        var bytes = blob.Content.ToArray();
        bytes[^1] ^= 1;
        await world.Stores.Blobs.ReplaceAsync(key, bytes, blob.ETag, Cancel);
        var train = await world.TrainAsync(client, 1);
        await world.WorkAsync(client);
        Assert.Equal("STATE_LOST", (await world.ErrorAsync(train)).Code);
    }

    private static async Task AttackAsync(WorkerWorld world, TrainingClient client, string artifact, string attack)
    {
        var blobs = world.Stores.Blobs;
        var key = SealedBlobs.PartKey(WorkerWorld.Tenant, Artifacts.Folder(artifact), 0);
        var blob = (await blobs.GetAsync(key, Cancel))!;
        switch (attack)
        {
            case "swapped blob":
                var other = await world.SavedAsync(client);
                var otherKey = SealedBlobs.PartKey(WorkerWorld.Tenant, Artifacts.Folder(other), 0);
                await blobs.ReplaceAsync(key, (await blobs.GetAsync(otherKey, Cancel))!.Content, blob.ETag, Cancel);
                break;
            case "swapped item":
                var second = await world.SavedAsync(client);
                var items = world.Stores.Items;
                var item = (await items.GetAsync(TrainingIds.Artifact(WorkerWorld.Tenant, artifact), Cancel))!;
                var from = (await items.GetAsync(TrainingIds.Artifact(WorkerWorld.Tenant, second), Cancel))!;
                var document = from.Document.Replace(second, artifact, StringComparison.Ordinal);
                await items.WriteAsync(ItemWrite.Replace(item, document), Cancel);
                break;
            case "truncated":
                await blobs.ReplaceAsync(key, blob.Content[..^40], blob.ETag, Cancel);
                break;
            case "cut to nothing":
                await CutAsync(world, artifact, blob, key);
                break;
            case "flipped byte":
                var bytes = blob.Content.ToArray();
                bytes[^100] ^= 1;
                await blobs.ReplaceAsync(key, bytes, blob.ETag, Cancel);
                break;
            case "gone":
                await blobs.DeleteAsync(key, Cancel);
                break;
        }
    }

    // The item goes along with the cut, as somebody who can write both would do it.
    private static async Task CutAsync(WorkerWorld world, string artifact, Blob blob, BlobKey key)
    {
        await world.Stores.Blobs.ReplaceAsync(key, blob.Content[..20], blob.ETag, Cancel);
        var place = TrainingIds.Artifact(WorkerWorld.Tenant, artifact);
        var item = (await world.Stores.Items.GetAsync(place, Cancel))!;
        var stored = item.Read(TrainingJson.Default.Artifact);
        var cut = System.Text.Json.JsonSerializer.Serialize(
            stored with
            {
                Blob = stored.Blob with { SealedBytes = 20 },
            },
            TrainingJson.Default.Artifact
        );
        await world.Stores.Items.WriteAsync(ItemWrite.Replace(item, cut), Cancel);
    }
}
