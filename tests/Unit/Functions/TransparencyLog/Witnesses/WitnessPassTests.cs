using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Hosting;
using Lace.Functions.TransparencyLog;
using Lace.Functions.TransparencyLog.Outgoing;
using Lace.Functions.TransparencyLog.Witnesses;
using Lace.Records.TransparencyLog;

namespace Lace.Tests.Functions.TransparencyLog.Witnesses;

public sealed class WitnessPassTests : IDisposable
{
    private readonly LogWorld world = new();
    private readonly CosignedCheckpoints cosigned;
    private readonly OutgoingHttp http = new();
    private readonly EventRecorder<WitnessRound> events = new();

    public WitnessPassTests() => cosigned = new CosignedCheckpoints(world.Stores, new LogPlace(LogWorld.Keys.Origin));

    public void Dispose() => http.Dispose();

    [Fact]
    public async Task The_log_shows_its_newest_checkpoint_with_the_cosignatures_that_came()
    {
        await using var witness = await LocalWitness.StartAsync();
        witness.Trust(LogWorld.Keys.Origin, [.. LogWorld.Keys.Verifiers]);
        using var loop = Loop(witness);
        await loop.StartAsync(CancellationToken.None);
        var policy = TlogPolicy.Create(LogWorld.Keys.Verifiers, [witness.Key], 1);
        foreach (var size in new[] { 1, 2 })
        {
            await world.PromiseAsync($"entry {size}");
            await world.Sequencer().RunBatchAsync();
            await Until.HoldsAsync(
                async () => (await cosigned.ReadAsync())?.Checkpoint.Size == size,
                $"a cosigned checkpoint of {size}"
            );
            var shown = await NoteAsync(world.Reader.ShownCheckpointAsync());
            Assert.Equal(PolicyVerdict.Accepted, policy.Evaluate(shown).Verdict);
            Assert.Equal(size, policy.Evaluate(shown).Checkpoint!.Size);
        }

        await loop.StopAsync(CancellationToken.None);
        Assert.Empty(events.Events);
    }

    [Fact]
    public async Task A_witness_that_refuses_is_an_alarm_and_holds_up_nothing()
    {
        await using var witness = await LocalWitness.StartAsync();
        using var loop = Loop(witness);
        await world.PromiseAsync("entry");
        await world.Sequencer().RunBatchAsync();
        await loop.StartAsync(CancellationToken.None);
        await Until.HoldsAsync(() => events.Events.Count > 0, "the alarm");
        await loop.StopAsync(CancellationToken.None);
        Assert.StartsWith("witness_alarm witness.test/w1 UnknownOrigin", events.Events[0], StringComparison.Ordinal);
        Assert.Null(await cosigned.ReadAsync());
        Assert.Equal(2, (await NoteAsync(world.Reader.ShownCheckpointAsync())).Signatures.Count);
    }

    [Fact]
    public async Task A_cosigned_checkpoint_serves_where_it_covers_the_entries_and_not_where_it_is_too_old()
    {
        await using var witness = await LocalWitness.StartAsync();
        witness.Trust(LogWorld.Keys.Origin, [.. LogWorld.Keys.Verifiers]);
        await world.PromiseAsync("one");
        await world.Sequencer().RunBatchAsync();
        using (var loop = Loop(witness))
        {
            await loop.StartAsync(CancellationToken.None);
            await Until.HoldsAsync(async () => await cosigned.ReadAsync() is not null, "a cosigned checkpoint");
            await loop.StopAsync(CancellationToken.None);
        }

        await world.PromiseAsync("two");
        await world.Sequencer().RunBatchAsync();
        Assert.Equal(3, (await NoteAsync(world.Reader.CheckpointOverAsync(1))).Signatures.Count);
        Assert.Equal(2, (await NoteAsync(world.Reader.CheckpointOverAsync(2))).Signatures.Count);
        Assert.Equal(2, (await NoteAsync(world.Reader.ShownCheckpointAsync())).Signatures.Count);
    }

    [Fact]
    public async Task An_older_checkpoint_or_one_with_fewer_lines_replaces_nothing()
    {
        var log = new GrowingLog("log.test/1");
        await using var witness = await LocalWitness.StartAsync();
        witness.Trust(log.Origin, log.Key);
        var client = new WitnessClient(new Witness(witness.Prefix, witness.Key), http, world.Clock);
        var line = (await client.CosignAsync(log.Note(5), log.ProveAsync)).Cosignatures;
        await cosigned.KeepAsync(log.Note(5).With(line));
        await cosigned.KeepAsync(log.Note(5));
        await cosigned.KeepAsync(log.Note(4));
        Assert.Equal(log.Note(5).With(line).ToString(), (await cosigned.ReadAsync())!.Note.ToString());
        await cosigned.KeepAsync(log.Note(6));
        Assert.Equal(6, (await cosigned.ReadAsync())!.Checkpoint.Size);
    }

    private PassLoops Loop(LocalWitness witness)
    {
        var partners = new LogPartners(null, [new Witness(witness.Prefix, witness.Key)], null);
        return new([new WitnessPass(partners, http, world.Reader, cosigned, world.Clock, events)], world.Clock);
    }

    private static async Task<SignedNote> NoteAsync(Task<ReadOnlyMemory<byte>?> bytes)
    {
        Assert.True(SignedNote.TryParse((await bytes)!.Value.Span, out var note));
        return note;
    }
}
