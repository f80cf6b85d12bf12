using System.Text;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Hosting;
using Lace.Functions.TransparencyLog.Outgoing;
using Lace.Functions.TransparencyLog.Witnesses;
using Lace.Platform;
using Lace.Tests.Evidence.Transparency.Notes;
using Microsoft.AspNetCore.Http;

namespace Lace.Tests.Functions.TransparencyLog.Witnesses;

public sealed class WitnessClientTests : IDisposable
{
    private readonly GrowingLog log = new("log.test/1");
    private readonly OutgoingHttp http = new();
    private readonly ManualClock clock = new();

    public void Dispose() => http.Dispose();

    [Theory]
    [InlineData(NoteSignatureType.Ed25519Cosignature)]
    [InlineData(NoteSignatureType.MlDsa44Cosignature)]
    public async Task Cosigns_a_growing_log_without_asking_for_the_size_again(NoteSignatureType type)
    {
        await using var witness = await LocalWitness.StartAsync(type: type);
        witness.Trust(log.Origin, log.Key);
        var client = Client(witness);
        foreach (var size in new[] { 0, 1, 2, 3, 7, 8, 64, 65, 300, 300 })
        {
            var answer = await client.CosignAsync(log.Note(size), log.ProveAsync);
            Assert.Equal(WitnessOutcome.Cosigned, answer.Outcome);
            var note = log.Note(size).With(answer.Cosignatures);
            Assert.Equal(PolicyVerdict.Accepted, TlogPolicy.Create([log.Key], [witness.Key], 1).Evaluate(note).Verdict);
        }

        Assert.Equal([0, 0, 1, 2, 3, 7, 8, 64, 65, 300], witness.Requests.Select(request => request.OldSize));
    }

    [Fact]
    public async Task After_a_restart_asks_once_more_from_the_size_that_the_witness_names()
    {
        await using var witness = await LocalWitness.StartAsync();
        witness.Trust(log.Origin, log.Key);
        witness.Remember(log.Head(70));
        var answer = await Client(witness).CosignAsync(log.Note(100), log.ProveAsync);
        Assert.Equal(WitnessOutcome.Cosigned, answer.Outcome);
        Assert.Equal([(0, 409), (70, 200)], witness.Requests);
    }

    [Fact]
    public async Task Says_why_it_has_no_cosignature()
    {
        await using var witness = await LocalWitness.StartAsync();
        var other = new GrowingLog("log.test/2");
        var forked = new GrowingLog("log.test/1", leaves: "other leaf");
        witness.Trust(log.Origin, log.Key);
        witness.Remember(log.Head(70));

        await Expect(WitnessOutcome.UnknownOrigin, [404], other.Note(100), other.ProveAsync);
        await Expect(WitnessOutcome.UnknownKey, [403], new GrowingLog("log.test/1", seed: 2).Note(100), log.ProveAsync);
        await Expect(WitnessOutcome.AheadOfLog, [409], log.Note(69), log.ProveAsync);
        await Expect(WitnessOutcome.Conflict, [409, 409], forked.Note(70), forked.ProveAsync);
        await Expect(WitnessOutcome.Inconsistent, [409, 422], forked.Note(100), forked.ProveAsync);
        await Expect(
            WitnessOutcome.Inconsistent,
            [409, 422],
            log.Note(100),
            async (first, second, cancellation) => [.. (await log.ProveAsync(first, second, cancellation)).Skip(1)]
        );
        await Expect(WitnessOutcome.Cosigned, [409, 200], log.Note(100), log.ProveAsync);

        async Task Expect(WitnessOutcome outcome, int[] statuses, SignedNote note, ConsistencyProofs proofs)
        {
            witness.Requests.Clear();
            var answer = await Client(witness).CosignAsync(note, proofs);
            Assert.Equal(outcome, answer.Outcome);
            Assert.Equal(outcome == WitnessOutcome.Cosigned, answer.Cosignatures.Count > 0);
            Assert.Equal(statuses, witness.Requests.Select(request => request.Status));
        }
    }

    [Fact]
    public async Task Of_two_logs_with_one_key_only_the_first_moves_a_witness_forward()
    {
        // Both send the step from 70 to 100, each with its own leaves; check and store is one step, so one of them loses.
        await using var witness = await LocalWitness.StartAsync();
        var fork = new GrowingLog("log.test/1", leaves: "other leaf");
        witness.Trust(log.Origin, log.Key);
        var answers = await Task.WhenAll(
            Client(witness).CosignAsync(log.Note(100), log.ProveAsync),
            Client(witness).CosignAsync(fork.Note(100), fork.ProveAsync)
        );
        Assert.Single(answers, answer => answer.Outcome == WitnessOutcome.Cosigned);
        Assert.Single(answers, answer => answer.Outcome == WitnessOutcome.Conflict);
    }

    [Theory]
    [InlineData(200, "text/plain", "", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "hello\n", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "\u2014 witness.test/w1 AAAAAAA=\n", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "GOOD\nmore\n", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "GOOD", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "FOREIGN\n", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "ANOTHERTEXT\n", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "FOREIGN\nGOOD\n", WitnessOutcome.Cosigned)]
    [InlineData(200, "text/plain", "GOOD\nANOTHERTEXT\n", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "NOTIME\n", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "FUTURE\n", WitnessOutcome.BadAnswer)]
    [InlineData(200, "text/plain", "HUGE", WitnessOutcome.Unreachable)]
    [InlineData(409, "text/x.tlog.size", "", WitnessOutcome.BadAnswer)]
    [InlineData(409, "text/x.tlog.size", "5", WitnessOutcome.BadAnswer)]
    [InlineData(409, "text/x.tlog.size", "05\n", WitnessOutcome.BadAnswer)]
    [InlineData(409, "text/x.tlog.size", "-5\n", WitnessOutcome.BadAnswer)]
    [InlineData(409, "text/x.tlog.size", "99999999999999999999\n", WitnessOutcome.BadAnswer)]
    [InlineData(409, "text/x.tlog.size", "5\n", WitnessOutcome.Conflict)] // again and again: asked twice, no more
    [InlineData(409, "text/x.tlog.size", "11\n", WitnessOutcome.AheadOfLog)]
    [InlineData(409, "text/plain", "5\n", WitnessOutcome.Conflict)]
    [InlineData(400, "text/plain", "", WitnessOutcome.Refused)]
    [InlineData(301, "text/plain", "", WitnessOutcome.Unreachable)]
    [InlineData(500, "text/plain", "", WitnessOutcome.Unreachable)]
    public async Task Believes_no_answer_that_it_did_not_verify(
        int status,
        string mediaType,
        string body,
        object outcome
    )
    {
        var signer = new NoteSigner("witness.test/w1", NoteSignatureType.Ed25519Cosignature, 50);
        var foreign = new NoteSigner("witness.test/w2", NoteSignatureType.Ed25519Cosignature, 51);
        var (note, now) = (log.Note(10), clock.GetUtcNow().ToUnixTimeSeconds());
        body = body.Replace("GOOD", Line(signer.Sign(note.Text, now)), StringComparison.Ordinal)
            .Replace("FOREIGN", Line(foreign.Sign(note.Text, now)), StringComparison.Ordinal)
            .Replace("ANOTHERTEXT", Line(signer.Sign(log.Head(9).Text, now)), StringComparison.Ordinal)
            .Replace("NOTIME", Line(signer.Sign(note.Text)), StringComparison.Ordinal)
            .Replace("FUTURE", Line(signer.Sign(note.Text, now + 301)), StringComparison.Ordinal)
            .Replace("HUGE", new string('a', 100_000), StringComparison.Ordinal);
        var requests = 0;
        await using var server = await LocalServer.StartAsync(async context =>
        {
            Interlocked.Increment(ref requests);
            context.Response.StatusCode = status;
            context.Response.ContentType = mediaType;
            context.Response.Headers.Location = "/elsewhere";
            await context.Response.WriteAsync(body);
        });

        var answer = await Client(new Witness(server.Url, signer.Key)).CosignAsync(note, log.ProveAsync);
        Assert.Equal(outcome, answer.Outcome);
        Assert.Equal((WitnessOutcome)outcome == WitnessOutcome.Cosigned ? 1 : 0, answer.Cosignatures.Count);
        Assert.InRange(requests, 1, 2);

        static string Line(NoteSignature line) => line.ToString().TrimEnd('\n');
    }

    [Fact]
    public async Task A_witness_that_is_away_or_never_answers_costs_its_time_limit_and_an_alarm()
    {
        await using var good = await LocalWitness.StartAsync();
        good.Trust(log.Origin, log.Key);
        using var released = new CancellationTokenSource();
        await using var slow = await LocalServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("\u2014 ");
            await Task.Delay(
                    Timeout.Infinite,
                    CancellationTokenSource.CreateLinkedTokenSource(released.Token, context.RequestAborted).Token
                )
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        var gone = await LocalServer.StartAsync(_ => Task.CompletedTask);
        var goneUrl = gone.Url;
        await gone.DisposeAsync();

        var slowKey = new NoteSigner("slow.test", NoteSignatureType.Ed25519Cosignature, 60).Key;
        var goneKey = new NoteSigner("gone.test", NoteSignatureType.Ed25519Cosignature, 61).Key;
        var events = new EventRecorder<WitnessRound>();
        var round = new WitnessRound(
            [
                Client(new Witness(slow.Url, slowKey) { TimeLimit = TimeSpan.FromMilliseconds(200) }),
                Client(new Witness(goneUrl, goneKey)),
                Client(good),
            ],
            events
        );
        var note = await round.CosignAsync(log.Note(10), log.ProveAsync);
        await released.CancelAsync();

        Assert.Equal(["log.test/1", "witness.test/w1"], note.Signatures.Select(line => line.Name));
        Assert.Contains(
            events.Events,
            line => line.StartsWith("witness_alarm slow.test Unreachable", StringComparison.Ordinal)
        );
        Assert.Contains(
            events.Events,
            line => line.StartsWith("witness_alarm gone.test Unreachable", StringComparison.Ordinal)
        );
        Assert.Equal(2, events.Events.Count);
    }

    [Fact]
    public async Task A_proof_that_cannot_be_made_costs_the_cosignature_alone()
    {
        await using var witness = await LocalWitness.StartAsync();
        witness.Trust(log.Origin, log.Key);
        witness.Remember(log.Head(70));
        var events = new EventRecorder<WitnessRound>();
        var note = await new WitnessRound([Client(witness)], events).CosignAsync(
            log.Note(100),
            (_, _, _) => throw new StorageException("The disk is gone.")
        );
        Assert.Single(note.Signatures);
        Assert.Equal(["witness_alarm witness.test/w1 NoProof The disk is gone."], events.Events);
    }

    [Fact]
    public async Task Being_told_to_stop_is_no_alarm()
    {
        await using var witness = await LocalWitness.StartAsync();
        var events = new EventRecorder<WitnessRound>();
        var round = new WitnessRound([Client(witness)], events);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            round.CosignAsync(log.Note(10), log.ProveAsync, new CancellationToken(canceled: true))
        );
        Assert.Empty(events.Events);
    }

    [Fact]
    public async Task Only_checkpoints_are_cosigned()
    {
        await using var witness = await LocalWitness.StartAsync();
        var note = new SignedNote("hello\n", log.Note(1).Signatures);
        await Assert.ThrowsAsync<ArgumentException>(() => Client(witness).CosignAsync(note, log.ProveAsync));
    }

    [Fact]
    public void Takes_its_witnesses_from_a_policy_file()
    {
        var key = new NoteSigner("w.test", NoteSignatureType.Ed25519Cosignature, 50).Key;
        var silent = new NoteSigner("x.test", NoteSignatureType.Ed25519Cosignature, 51).Key;
        var witness = Assert.Single(
            Witness.Of(Policy($"witness W {key} https://w.test/prefix/\nwitness X {silent}\nquorum none\n"))
        );
        Assert.Equal(key, witness.Key);
        Assert.Equal("https://w.test/prefix/add-checkpoint", witness.AddCheckpoint.AbsoluteUri);
        Assert.Throws<SettingException>(() => Witness.Of(Policy($"witness W {key} ftp://w.test/\nquorum none\n")));
        Assert.Throws<SettingException>(() => Witness.Of(Policy($"witness W {key} w.test\nquorum none\n")));
    }

    private static TlogPolicy Policy(string text)
    {
        Assert.True(TlogPolicy.TryParse(Encoding.UTF8.GetBytes(text), out var policy, out _));
        return policy;
    }

    private WitnessClient Client(LocalWitness witness) => Client(new Witness(witness.Prefix, witness.Key));

    private WitnessClient Client(Witness witness) => new(witness, http, clock);
}
