using System.Text;
using Lace.Evidence.Transparency.Notes;
using Lace.Platform;

namespace Lace.Records.TransparencyLog;

/// <summary>The two keys of a log, and the origin that its first key gives it: a log with other keys is another log.</summary>
internal sealed class LogKeys
{
    private const string Ed25519Name = "log-ed25519";
    private const string MlDsa44Name = "log-mldsa44";
    private const int ShardBytes = 4;

    private readonly IKeyService keys;
    private readonly (VerifierKey Verifier, string Id) ed25519;
    private readonly (VerifierKey Verifier, string Id) mlDsa44;

    private LogKeys(IKeyService keys, string origin, SigningPublicKey ed25519, SigningPublicKey mlDsa44)
    {
        this.keys = keys;
        Origin = origin;
        Since = ed25519.CreatedAt;
        this.ed25519 = (Verifier(NoteSignatureType.Ed25519, ed25519), ed25519.KeyId);
        this.mlDsa44 = (Verifier(NoteSignatureType.MlDsa44Cosignature, mlDsa44), mlDsa44.KeyId);
    }

    public string Origin { get; }

    /// <summary>When the first key was made: nothing of this log is older.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>Ed25519 first.</summary>
    public IReadOnlyList<VerifierKey> Verifiers => [ed25519.Verifier, mlDsa44.Verifier];

    /// <summary>The keys of the log on this machine, made when first asked for.</summary>
    public static async Task<LogKeys> OpenAsync(IKeyService keys, CancellationToken cancellationToken = default)
    {
        var first = await KeyAsync(Ed25519Name, SigningAlgorithm.Ed25519);
        var second = await KeyAsync(MlDsa44Name, SigningAlgorithm.MlDsa44);
        var shard = Convert.ToHexStringLower(Convert.FromBase64String(first.KeyId).AsSpan(0, ShardBytes));
        return new LogKeys(keys, "log.localhost/" + shard, first, second);

        Task<SigningPublicKey> KeyAsync(string name, SigningAlgorithm algorithm) =>
            keys.GetSigningKeyAsync(TenantId.Service, name, algorithm, cancellationToken);
    }

    /// <summary>The note of a checkpoint with the lines of both keys.</summary>
    public async Task<SignedNote> SignAsync(
        Checkpoint checkpoint,
        DateTimeOffset at,
        CancellationToken cancellationToken
    ) =>
        new(
            checkpoint.Text,
            [
                await LineAsync(ed25519, checkpoint, 0, cancellationToken),
                await LineAsync(mlDsa44, checkpoint, at.ToUnixTimeSeconds(), cancellationToken),
            ]
        );

    /// <summary>The checkpoint of a note that both keys signed, and when; null for any other bytes.</summary>
    public SignedCheckpoint? Verify(ReadOnlyMemory<byte> note)
    {
        if (!SignedNote.TryParse(note.Span, out var signed) || !Checkpoint.TryParse(signed.Text, out var checkpoint))
        {
            return null;
        }

        var verified = signed.Verify(Verifiers);
        var time = verified.Signatures.FirstOrDefault(line => line.Key.Equals(mlDsa44.Verifier))?.UnixSeconds;
        return checkpoint.Origin == Origin && verified.IsSignedBy(ed25519.Verifier) && time is { } seconds
            ? new SignedCheckpoint(checkpoint, signed, DateTimeOffset.FromUnixTimeSeconds(seconds))
            : null;
    }

    private async Task<NoteSignature> LineAsync(
        (VerifierKey Verifier, string Id) key,
        Checkpoint checkpoint,
        long unixSeconds,
        CancellationToken cancellationToken
    )
    {
        var message = NoteSigning.Message(key.Verifier, checkpoint.Text, unixSeconds);
        var signature =
            await keys.SignAsync(TenantId.Service, key.Id, message, cancellationToken)
            ?? throw new LogStoppedException(
                $"A key of the log {Origin} was retired: start the host again, which begins a new log with its new keys."
            );
        return NoteSigning.Line(key.Verifier, signature, unixSeconds);
    }

    private VerifierKey Verifier(NoteSignatureType type, SigningPublicKey key) =>
        VerifierKey.Create(Origin, type, key.PublicKey.Span)
        ?? throw new InvalidDataException($"The key service gave no {type} key for the log.");
}

/// <summary>A checkpoint whose signatures verified.</summary>
internal sealed record SignedCheckpoint(Checkpoint Checkpoint, SignedNote Note, DateTimeOffset At)
{
    public ReadOnlyMemory<byte> Bytes => Encoding.UTF8.GetBytes(Note.ToString());
}
