using Lace.Evidence.Transparency;
using Lace.Platform;

namespace Lace.Records.TransparencyLog;

/// <summary>Where one log lies in the stores (docs/formats/log.md): its blobs are below <c>log/SHARD/</c>, its items in <c>LOG#ORIGIN</c>.</summary>
internal sealed record LogPlace
{
    public const string Checkpoint = "checkpoint";
    public const string Lock = "lock/checkpoint";
    public const string PendingPrefix = "PENDING#";
    public const string LeafPrefix = "LEAF#";

    /// <param name="origin">As <c>log.localhost/1a2b3c4d</c>: a host and the log's shard.</param>
    public LogPlace(string origin)
    {
        var slash = origin.LastIndexOf('/');
        if (slash <= 0 || slash == origin.Length - 1)
        {
            throw new ArgumentException("An origin is a host, a slash and a shard.", nameof(origin));
        }

        (Origin, Folder) = (origin, $"log/{origin[(slash + 1)..]}/");
    }

    public string Origin { get; }

    /// <summary>Ends at a slash.</summary>
    public string Folder { get; }

    public string Partition => "LOG#" + Origin;

    public BlobKey Blob(string path) => new(TenantId.Service, Folder + path);

    public ItemKey Pending(in MerkleHash leaf) => new(TenantId.Service, Partition, PendingPrefix + leaf);

    public ItemKey Leaf(in MerkleHash leaf) => new(TenantId.Service, Partition, LeafPrefix + leaf);
}
