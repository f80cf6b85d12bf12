using System.Security.Cryptography;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Hosting;
using Lace.Functions.TransparencyLog.Anchors;
using Lace.Functions.TransparencyLog.Outgoing;
using Lace.Platform;

namespace Lace.Tests.Functions.TransparencyLog.Anchors;

public sealed class AnchorPassTests
{
    private readonly EventRecorder<AnchorPass> events = new();

    [Fact]
    public async Task Anchors_as_soon_as_it_starts_and_stops_when_told()
    {
        await using var rekor = await LocalRekor.StartAsync();
        using var http = new OutgoingHttp();
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = EcdsaPublicKey.TryImport(pair.ExportSubjectPublicKeyInfo())!;
        var kept = new TaskCompletionSource<Checkpoint>();
        using var loop = Loop(
            new RekorClient(new AnchorLog(rekor.Url, rekor.Trust), http, new ManualClock()),
            _ => Task.FromResult<SignedNote?>(new GrowingLog("log.test/1").Note(7)),
            (message, _) =>
                Task.FromResult<(ReadOnlyMemory<byte>, EcdsaPublicKey)>(
                    (pair.SignData(message.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence), key)
                ),
            checkpoint => kept.SetResult(checkpoint)
        );
        await loop.StartAsync(CancellationToken.None);
        Assert.Equal(7, (await kept.Task.WaitAsync(TimeSpan.FromSeconds(30))).Size);
        await loop.StopAsync(CancellationToken.None);
        Assert.Empty(events.Events);
    }

    [Fact]
    public async Task Outlives_a_store_that_fails()
    {
        await using var rekor = await LocalRekor.StartAsync();
        using var http = new OutgoingHttp();
        var asked = new TaskCompletionSource();
        using var loop = Loop(
            new RekorClient(new AnchorLog(rekor.Url, rekor.Trust), http, new ManualClock()),
            _ =>
            {
                asked.SetResult();
                throw new StorageException("The disk is gone.");
            },
            (_, _) => throw new InvalidOperationException(),
            _ => { }
        );
        await loop.StartAsync(CancellationToken.None);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await loop.StopAsync(CancellationToken.None);
        Assert.True(loop.ExecuteTask!.IsCompletedSuccessfully);
        Assert.Equal(["anchor_failed"], events.Events);
    }

    private PassLoops Loop(RekorClient rekor, NewestCheckpoint newest, AnchorSigner sign, Action<Checkpoint> keep)
    {
        var anchor = new CheckpointAnchor(
            rekor,
            newest,
            sign,
            (checkpoint, _, _) =>
            {
                keep(checkpoint);
                return Task.CompletedTask;
            },
            new EventRecorder<CheckpointAnchor>()
        );
        return new PassLoops([new AnchorPass(anchor, events)], new ManualClock());
    }
}
