using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Evidence.Transparency;
using Lace.Platform;

namespace Lace.Records.TransparencyLog;

/// <summary>The outbox of the log: what is promised in a transaction gets into the tree, whatever happens to the process after it.</summary>
internal sealed class PendingEntries(LogPlace place)
{
    /// <summary>The largest entry that a bundle of tlog-tiles can hold.</summary>
    public const int MaxBytes = ushort.MaxValue;

    /// <summary>
    /// The write that promises an entry: part of the transaction of what the entry is about. After the commit
    /// wake the log where it runs in this process (<c>LogSignal.Wake</c>, or <c>LogIndex.WaitAsync</c>, which does): elsewhere it
    /// looks on its own, a little later.
    /// </summary>
    /// <param name="leafBody">1 to 65,535 bytes. The same bytes promised again are one entry: a transaction holds each body once.</param>
    public ItemWrite Promise(ReadOnlyMemory<byte> leafBody)
    {
        ArgumentOutOfRangeException.ThrowIfZero(leafBody.Length, nameof(leafBody));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(leafBody.Length, MaxBytes, nameof(leafBody));
        var document = JsonSerializer.Serialize(new StoredEntry(leafBody), LogStorageJson.Default.StoredEntry);
        return ItemWrite.Put(place.Pending(MerkleTree.HashLeaf(leafBody.Span)), document);
    }
}

internal sealed record StoredEntry(ReadOnlyMemory<byte> Body);

internal sealed record StoredIndex(long Index);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredEntry))]
[JsonSerializable(typeof(StoredIndex))]
internal sealed partial class LogStorageJson : JsonSerializerContext;
