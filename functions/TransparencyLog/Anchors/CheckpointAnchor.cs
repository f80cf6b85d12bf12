using System.Text;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Functions.TransparencyLog.Anchors;

/// <summary>The newest public checkpoint of this log; null before the first one.</summary>
internal delegate Task<SignedNote?> NewestCheckpoint(CancellationToken cancellationToken);

/// <summary>An ECDSA P-256 signature with SHA-256 over the message, in DER, and the key that made it.</summary>
internal delegate Task<(ReadOnlyMemory<byte> Signature, EcdsaPublicKey Key)> AnchorSigner(
    ReadOnlyMemory<byte> message,
    CancellationToken cancellationToken
);

/// <summary>Stores the Sigstore bundle over a checkpoint's text.</summary>
internal delegate Task KeepAnchor(Checkpoint checkpoint, SigstoreBundle bundle, CancellationToken cancellationToken);

/// <summary>Enters this log's checkpoints in another's: whoever keeps the bundle shows that this log had that head by then, whatever this log says later.</summary>
internal sealed class CheckpointAnchor(
    RekorClient rekor,
    NewestCheckpoint newest,
    AnchorSigner sign,
    KeepAnchor keep,
    ILogger<CheckpointAnchor> logger
)
{
    private long anchoredSize;

    /// <summary>Anchors the newest checkpoint unless it is anchored or empty; null where there was nothing to do. Not for two callers at once.</summary>
    public async Task<RekorOutcome?> AnchorAsync(CancellationToken cancellationToken = default)
    {
        if (
            await newest(cancellationToken) is not { } note
            || !Checkpoint.TryParse(note.Text, out var checkpoint)
            || checkpoint.Size <= anchoredSize
        )
        {
            return null;
        }

        var message = Encoding.UTF8.GetBytes(note.Text);
        var (signature, key) = await sign(message, cancellationToken);
        var answer = await rekor.SubmitAsync(message, signature, key, cancellationToken);
        if (answer.Bundle is not { } bundle)
        {
            Log.AnchorAlarm(logger, checkpoint.Size, answer.Outcome, answer.Detail);
            return answer.Outcome;
        }

        await keep(checkpoint, bundle, cancellationToken);
        anchoredSize = checkpoint.Size;
        Log.CheckpointAnchored(logger, checkpoint.Size, answer.Detail);
        return answer.Outcome;
    }
}
