using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Hosting;
using Lace.Functions.TransparencyLog.Anchors;
using Lace.Functions.TransparencyLog.Outgoing;
using Microsoft.AspNetCore.Http;

namespace Lace.Tests.Functions.TransparencyLog.Anchors;

public sealed class CheckpointAnchorTests : IDisposable
{
    private readonly GrowingLog log = new("log.test/1");
    private readonly OutgoingHttp http = new();
    private readonly ManualClock clock = new();
    private readonly ECDsa pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly EventRecorder<CheckpointAnchor> events = new();
    private readonly List<(Checkpoint Checkpoint, SigstoreBundle Bundle)> kept = [];
    private int size = 7;

    private EcdsaPublicKey Key => EcdsaPublicKey.TryImport(pair.ExportSubjectPublicKeyInfo())!;

    public void Dispose()
    {
        http.Dispose();
        pair.Dispose();
    }

    [Fact]
    public async Task Keeps_a_bundle_that_others_can_verify_from_its_bytes()
    {
        await using var rekor = await LocalRekor.StartAsync();
        Assert.Equal(RekorOutcome.Logged, await Anchor(rekor).AnchorAsync());

        var (checkpoint, bundle) = Assert.Single(kept);
        Assert.Equal(7, checkpoint.Size);
        var read = SigstoreBundle.TryParse(bundle.ToJson(), out _)!;
        Assert.True(Verify(read, checkpoint, rekor).Accepted);
        Assert.Contains(SigstoreRefusal.Signature, Verify(read, checkpoint with { Size = 8 }, rekor).Refusals);
        Assert.Equal(["checkpoint_anchored 7 Index 5."], events.Events);
    }

    [Fact]
    public async Task Anchors_each_size_once_and_none_before_the_first()
    {
        await using var rekor = await LocalRekor.StartAsync();
        var anchor = Anchor(rekor);
        size = 0;
        Assert.Null(await anchor.AnchorAsync());
        size = 3;
        Assert.Equal(RekorOutcome.Logged, await anchor.AnchorAsync());
        Assert.Null(await anchor.AnchorAsync());
        size = 4;
        Assert.Equal(RekorOutcome.Logged, await anchor.AnchorAsync());
        Assert.Equal([3, 4], kept.Select(anchored => anchored.Checkpoint.Size));
        Assert.Equal(7, rekor.Count);
        Assert.Null(
            await new CheckpointAnchor(
                Client(rekor),
                _ => Task.FromResult<SignedNote?>(null),
                SignAsync,
                KeepAsync,
                events
            ).AnchorAsync()
        );
    }

    [Fact]
    public async Task The_same_bytes_twice_are_in_the_log_already()
    {
        await using var rekor = await LocalRekor.StartAsync();
        var message = Encoding.UTF8.GetBytes(log.Head(7).Text);
        var (signature, key) = await SignAsync(message, CancellationToken.None);
        Assert.Equal(RekorOutcome.Logged, (await Client(rekor).SubmitAsync(message, signature, key)).Outcome);
        var again = await Client(rekor).SubmitAsync(message, signature, key);
        Assert.Equal(new RekorAnswer(RekorOutcome.AlreadyLogged, "Index 5."), again);
        Assert.Equal(6, rekor.Count);
    }

    [Theory]
    [InlineData(503, RekorOutcome.Busy)]
    [InlineData(405, RekorOutcome.Frozen)]
    [InlineData(409, RekorOutcome.AlreadyLogged)]
    [InlineData(400, RekorOutcome.Refused)]
    [InlineData(200, RekorOutcome.Refused)]
    [InlineData(302, RekorOutcome.Refused)]
    [InlineData(500, RekorOutcome.Refused)]
    [InlineData(201, RekorOutcome.NotVerified)] // with nothing in it
    public async Task Keeps_nothing_of_another_status_and_raises_the_alarm(int status, object outcome)
    {
        await using var rekor = await LocalRekor.StartAsync();
        rekor.Refusal = status;
        var anchor = Anchor(rekor);
        Assert.Equal(outcome, await anchor.AnchorAsync());
        Assert.Empty(kept);
        Assert.StartsWith($"anchor_alarm 7 {outcome}", Assert.Single(events.Events), StringComparison.Ordinal);

        rekor.Refusal = null;
        Assert.Equal(RekorOutcome.Logged, await anchor.AnchorAsync());
    }

    [Theory]
    [InlineData("logIndex", "4", SigstoreRefusal.Index)]
    [InlineData("logIndex", "-1", SigstoreRefusal.Index)]
    [InlineData("logIndex", "6", SigstoreRefusal.Index)]
    [InlineData("logId.keyId", "AAAA", SigstoreRefusal.LogUnknown)]
    [InlineData("kindVersion.kind", "dsse", SigstoreRefusal.EntryKind)]
    [InlineData("kindVersion.version", "0.0.1", SigstoreRefusal.EntryKind)]
    [InlineData("integratedTime", "1790000000", SigstoreRefusal.Time)]
    [InlineData("inclusionProof.logIndex", "4", SigstoreRefusal.Index)]
    [InlineData("inclusionProof.rootHash", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SigstoreRefusal.Root)]
    [InlineData("inclusionProof.treeSize", "7", SigstoreRefusal.Root)]
    [InlineData("inclusionProof.hashes.0", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SigstoreRefusal.Inclusion)]
    [InlineData("inclusionProof.checkpoint.envelope", "hello", SigstoreRefusal.Checkpoint)]
    [InlineData("canonicalizedBody", "e30=", SigstoreRefusal.EntryKind)]
    public async Task Keeps_no_entry_of_which_a_member_is_changed(string path, string value, SigstoreRefusal reason)
    {
        await using var rekor = await LocalRekor.StartAsync();
        rekor.Tamper = entry => Set(entry, path.Split('.'), value);
        Assert.Equal(RekorOutcome.NotVerified, await Anchor(rekor).AnchorAsync());
        Assert.Empty(kept);
        Assert.Contains($"{reason}", Assert.Single(events.Events), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_no_entry_about_another_checkpoint_or_of_another_log()
    {
        await using var rekor = await LocalRekor.StartAsync();
        JsonObject? other = null;
        rekor.Tamper = entry => other = entry.DeepClone().AsObject();
        Assert.Equal(RekorOutcome.Logged, await Anchor(rekor).AnchorAsync());
        rekor.Tamper = entry =>
        {
            foreach (var (name, member) in other!)
            {
                entry[name] = member!.DeepClone();
            }
        };
        size = 8;
        Assert.Equal(RekorOutcome.NotVerified, await Anchor(rekor).AnchorAsync());
        Assert.Contains(nameof(SigstoreRefusal.BodyDigest), events.Events[^1], StringComparison.Ordinal);

        var stranger = TrustedLog.Of(log.Key, clock.GetUtcNow());
        rekor.Tamper = _ => { };
        var client = new RekorClient(new AnchorLog(rekor.Url, new TrustedRoot([stranger])), http, clock);
        Assert.Equal(RekorOutcome.NotVerified, await Anchor(client).AnchorAsync());
        Assert.Contains(nameof(SigstoreRefusal.LogUnknown), events.Events[^1], StringComparison.Ordinal);
        Assert.Single(kept);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"logIndex\":")]
    [InlineData("HUGE")]
    [InlineData("NOISE")]
    public async Task Survives_any_answer(string body)
    {
        var noise = new byte[1_000];
        new Random(1).NextBytes(noise);
        var bytes = body switch
        {
            "HUGE" => Encoding.UTF8.GetBytes(new string('[', 3_000_000)),
            "NOISE" => noise,
            _ => Encoding.UTF8.GetBytes(body),
        };
        await using var rekor = await LocalRekor.StartAsync();
        await using var server = await LocalServer.StartAsync(async context =>
        {
            context.Response.StatusCode = 201;
            await context.Response.Body.WriteAsync(bytes);
        });
        var outcome = await Anchor(new RekorClient(new AnchorLog(server.Url, rekor.Trust), http, clock)).AnchorAsync();
        Assert.Equal(body == "HUGE" ? RekorOutcome.Unreachable : RekorOutcome.NotVerified, outcome);
        Assert.Empty(kept);
    }

    [Fact]
    public async Task Waits_at_least_the_20_seconds_that_Rekor_asks_for_and_not_for_ever()
    {
        await using var rekor = await LocalRekor.StartAsync();
        using var released = new CancellationTokenSource();
        await using var server = await LocalServer.StartAsync(context =>
            Task.Delay(
                Timeout.Infinite,
                CancellationTokenSource.CreateLinkedTokenSource(released.Token, context.RequestAborted).Token
            )
        );
        var slow = new AnchorLog(server.Url, rekor.Trust);
        Assert.True(slow.TimeLimit >= TimeSpan.FromSeconds(20));
        slow = slow with { TimeLimit = TimeSpan.FromMilliseconds(200) };
        Assert.Equal(RekorOutcome.Unreachable, await Anchor(new RekorClient(slow, http, clock)).AnchorAsync());
        await released.CancelAsync();
    }

    [Fact]
    public async Task A_signature_that_is_not_of_the_key_is_refused_by_the_log_and_by_us()
    {
        await using var rekor = await LocalRekor.StartAsync();
        var message = Encoding.UTF8.GetBytes(log.Head(7).Text);
        var (signature, key) = await SignAsync("something else"u8.ToArray(), CancellationToken.None);
        Assert.Equal(RekorOutcome.Refused, (await Client(rekor).SubmitAsync(message, signature, key)).Outcome);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var other = EcdsaPublicKey.TryImport(p384.ExportSubjectPublicKeyInfo())!;
        await Assert.ThrowsAsync<ArgumentException>(() => Client(rekor).SubmitAsync(message, signature, other));
    }

    [Fact]
    public async Task Reads_its_settings()
    {
        await using var rekor = await LocalRekor.StartAsync();
        var trust = rekor.Trust.ToJson();
        Assert.Equal(
            "https://rekor.test/a/api/v2/log/entries",
            AnchorLog.Read("https://rekor.test/a/", trust).Entries.AbsoluteUri
        );
        Assert.Throws<SettingException>(() => AnchorLog.Read("rekor.test", trust));
        Assert.Throws<SettingException>(() => AnchorLog.Read("ftp://rekor.test/", trust));
        Assert.Throws<SettingException>(() => AnchorLog.Read("https://rekor.test/", "{}"u8));
        Assert.Throws<SettingException>(() => AnchorLog.Read("https://rekor.test/", new TrustedRoot([]).ToJson()));
    }

    private static void Set(JsonNode node, string[] path, string value)
    {
        foreach (var name in path[..^1])
        {
            node = node[name]!;
        }

        if (node is JsonArray list)
        {
            list[int.Parse(path[^1])] = value;
        }
        else
        {
            node[path[^1]] = value;
        }
    }

    private SigstoreVerdict Verify(SigstoreBundle bundle, Checkpoint checkpoint, LocalRekor rekor) =>
        SigstoreVerification.Verify(
            bundle,
            new MerkleHash(SHA256.HashData(Encoding.UTF8.GetBytes(checkpoint.Text))),
            Key,
            rekor.Trust,
            clock.GetUtcNow()
        );

    private RekorClient Client(LocalRekor rekor) => new(new AnchorLog(rekor.Url, rekor.Trust), http, clock);

    private CheckpointAnchor Anchor(LocalRekor rekor) => Anchor(Client(rekor));

    private CheckpointAnchor Anchor(RekorClient client) =>
        new(client, _ => Task.FromResult<SignedNote?>(log.Note(size)), SignAsync, KeepAsync, events);

    private Task<(ReadOnlyMemory<byte>, EcdsaPublicKey)> SignAsync(
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<(ReadOnlyMemory<byte>, EcdsaPublicKey)>(
            (pair.SignData(message.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence), Key)
        );

    private Task KeepAsync(Checkpoint checkpoint, SigstoreBundle bundle, CancellationToken cancellationToken)
    {
        kept.Add((checkpoint, bundle));
        return Task.CompletedTask;
    }
}
