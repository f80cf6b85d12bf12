using Lace.Platform;

namespace Lace.Records.LossIngest;

/// <summary>Where a run is, and what its key is wrapped for.</summary>
internal static class RunPlaces
{
    /// <summary>Of the partition of a run.</summary>
    public const string Prefix = "RUN#";

    private const string MetaSort = "META";

    public static ItemKey Meta(TenantId tenant, string runId) => new(tenant, Prefix + runId, MetaSort);

    /// <summary>The context under which the ingest key of a run is wrapped.</summary>
    public static string KeyContext(string runId) => "run:" + runId;
}
