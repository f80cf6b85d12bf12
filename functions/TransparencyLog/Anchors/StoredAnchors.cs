using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency.Notes;
using Lace.Platform;
using Lace.Records.Notary;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog.Anchors;

/// <summary>This log's side of an anchor: its newest checkpoint, the key that signs, and where the bundles are kept.</summary>
internal sealed class StoredAnchors(IBlobStore blobs, IKeyService keys, LogReader log, LogPlace place)
{
    private const string Prefix = "anchor/";

    public async Task<SignedNote?> NewestCheckpointAsync(CancellationToken cancellationToken) =>
        await log.CheckpointAsync(cancellationToken) is { } bytes && SignedNote.TryParse(bytes.Span, out var note)
            ? note
            : null;

    public async Task<(ReadOnlyMemory<byte> Signature, EcdsaPublicKey Key)> SignAsync(
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var key = await keys.GetSigningKeyAsync(
                TenantId.Service,
                StatementKeys.Name,
                SigningAlgorithm.EcdsaP256,
                cancellationToken
            );
            // No signature where the key was rotated since: then there is a newer one.
            if (await keys.SignAsync(TenantId.Service, key.KeyId, message, cancellationToken) is { } signature)
            {
                return (
                    signature,
                    EcdsaPublicKey.TryImport(key.PublicKey.Span)
                        ?? throw new InvalidDataException($"The key service gave no P-256 key for {key.KeyId}.")
                );
            }
        }
    }

    public Task KeepAsync(Checkpoint checkpoint, SigstoreBundle bundle, CancellationToken cancellationToken) =>
        blobs.PutIfAbsentAsync(Key(checkpoint.Size), bundle.ToJson(), cancellationToken);

    /// <summary>The bundle over the largest checkpoint that was anchored; null where none was.</summary>
    public async Task<ReadOnlyMemory<byte>?> NewestAsync(CancellationToken cancellationToken)
    {
        string? last = null;
        await foreach (var path in blobs.ListAsync(TenantId.Service, place.Folder + Prefix, cancellationToken))
        {
            last = path;
        }

        return last is null
            ? null
            : (await blobs.GetAsync(new BlobKey(TenantId.Service, last), cancellationToken))?.Content;
    }

    // Numbers of one width, so that the last name is the newest.
    private BlobKey Key(long size) => place.Blob($"{Prefix}{size:D19}");
}
