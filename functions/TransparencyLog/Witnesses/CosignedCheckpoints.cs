using System.Text;
using Lace.Evidence.Transparency.Notes;
using Lace.Platform;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog.Witnesses;

/// <summary>A stored note and the checkpoint in it.</summary>
internal sealed record CosignedCheckpoint(Checkpoint Checkpoint, SignedNote Note, ReadOnlyMemory<byte> Bytes);

/// <summary>The newest checkpoint that witnesses cosigned, beside the public one: witnesses are slower than batches, and may be away.</summary>
internal sealed class CosignedCheckpoints(IBlobStore blobs, LogPlace place)
{
    private readonly BlobKey key = place.Blob("cosigned/checkpoint");

    /// <summary>Null before the first one.</summary>
    public async Task<CosignedCheckpoint?> ReadAsync(CancellationToken cancellationToken = default) =>
        await blobs.GetAsync(key, cancellationToken) is { } blob ? Read(blob.Content) : null;

    /// <summary>Keeps the note, unless there is one of a larger tree, or of this one with as many lines.</summary>
    public async Task KeepAsync(SignedNote note, CancellationToken cancellationToken = default)
    {
        var bytes = Encoding.UTF8.GetBytes(note.ToString());
        var offered = Read(bytes);
        while (true)
        {
            var blob = await blobs.GetAsync(key, cancellationToken);
            if (blob is not null && !IsBetter(offered, Read(blob.Content)))
            {
                return;
            }

            var done = blob is null
                ? await blobs.PutIfAbsentAsync(key, bytes, cancellationToken)
                : await blobs.ReplaceAsync(key, bytes, blob.ETag, cancellationToken) is not null;
            if (done)
            {
                return;
            }
        }
    }

    private static bool IsBetter(CosignedCheckpoint offered, CosignedCheckpoint kept) =>
        (offered.Checkpoint.Size, offered.Note.Signatures.Count).CompareTo(
            (kept.Checkpoint.Size, kept.Note.Signatures.Count)
        ) > 0;

    private static CosignedCheckpoint Read(ReadOnlyMemory<byte> bytes) =>
        SignedNote.TryParse(bytes.Span, out var note) && Checkpoint.TryParse(note.Text, out var checkpoint)
            ? new CosignedCheckpoint(checkpoint, note, bytes)
            : throw new InvalidDataException("The stored checkpoint with the witnesses' cosignatures is damaged.");
}
