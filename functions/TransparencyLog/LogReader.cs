using Lace.Evidence.Transparency;
using Lace.Platform;

namespace Lace.Functions.TransparencyLog;

/// <summary>What the log shows to everybody: its checkpoint, its entries, and proofs made from its tiles.</summary>
internal sealed class LogReader(IBlobStore blobs, LogPlace place)
{
    /// <summary>The newest public checkpoint as a signed note (UTF-8); null before the first one.</summary>
    public async Task<ReadOnlyMemory<byte>?> CheckpointAsync(CancellationToken cancellationToken = default) =>
        (await blobs.GetAsync(place.Blob(LogPlace.Checkpoint), cancellationToken))?.Content;
}
