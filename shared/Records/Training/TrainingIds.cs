using System.Globalization;
using Lace.Platform;
using Lace.Records.Storage;

namespace Lace.Records.Training;

/// <summary>Ids of training clients, futures and artifacts, and where their items are (docs/formats/training.md).</summary>
internal static class TrainingIds
{
    public const string FuturePrefix = "fut";
    public const string ArtifactPrefix = "art";

    /// <summary>Tenant's list of training clients.</summary>
    public const string Clients = "TCS";

    /// <summary>Tenant's artifacts, by id.</summary>
    public const string Artifacts = "ARTIFACTS";

    /// <summary>Of the service: clients that have something to run, whichever tenant's.</summary>
    public const string Waiting = "TRAINING_WAITING";

    private const int SeqDigits = 10;

    public static bool IsClient(string? id) => RandomId.IsValid(TrainingClient.IdPrefix, id);

    public static bool IsArtifact(string? id) => RandomId.IsValid(ArtifactPrefix, id);

    /// <summary><c>fut-20261129-101112-x7k2p9-0000000007</c> is place 7 of <c>tc-20261129-101112-x7k2p9</c>.</summary>
    public static string FutureOf(string clientId, long seq) =>
        $"{FuturePrefix}{clientId[TrainingClient.IdPrefix.Length..]}-{seq:D10}";

    /// <summary>Null for what is no future's id.</summary>
    public static (string ClientId, long Seq)? ParseFuture(string? id)
    {
        if (id is null || !id.StartsWith(FuturePrefix + "-", StringComparison.Ordinal) || id.Length < SeqDigits + 5)
        {
            return null;
        }

        var client = TrainingClient.IdPrefix + id[FuturePrefix.Length..^(SeqDigits + 1)];
        return
            id[^(SeqDigits + 1)] == '-'
            && IsClient(client)
            && long.TryParse(
                id.AsSpan(id.Length - SeqDigits),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var seq
            )
            && seq > 0
            ? (client, seq)
            : null;
    }

    public static ItemKey Meta(TenantId tenant, string clientId) => new(tenant, Partition(clientId), "META");

    public static ItemKey Ledger(TenantId tenant, string clientId) => new(tenant, Partition(clientId), "LEDGER");

    public static ItemKey Operation(TenantId tenant, string clientId, long seq) =>
        new(tenant, Partition(clientId), $"OP#{seq:D10}");

    public static ItemKey Artifact(TenantId tenant, string artifactId) => new(tenant, Artifacts, artifactId);

    public static ItemKey WaitingOf(TenantId tenant, string clientId) =>
        new(TenantId.Service, Waiting, $"{tenant}/{clientId}");

    /// <summary>Of everything of a client that is a blob; ends at a slash.</summary>
    public static string Folder(string clientId) => $"training/{clientId}/";

    private static string Partition(string clientId) => "TC#" + clientId;
}
