using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace Lace.Platform.Aws;

/// <summary>An item as it lies in the table: keys <c>pk</c> (tenant, <c>#</c>, partition) and <c>sk</c>, document and version.</summary>
/// <remarks>No tenant holds a <c>#</c>, so no two pairs of tenant and partition are one key.</remarks>
internal static class DynamoItem
{
    public static string PartitionOf(TenantId tenant, string partition) => $"{tenant.Value}#{partition}";

    public static Dictionary<string, AttributeValue> KeyOf(ItemKey key) =>
        new(StringComparer.Ordinal)
        {
            ["pk"] = new AttributeValue { S = PartitionOf(key.Tenant, key.Partition) },
            ["sk"] = new AttributeValue { S = key.Sort },
        };

    public static Item Parse(ItemKey key, Dictionary<string, AttributeValue> stored) =>
        stored.TryGetValue("doc", out var document) && document.S is { } text
            ? new Item(key, text, VersionOf(stored))
            : throw new StorageException($"The item {key.Partition} {key.Sort} of {key.Tenant} has no document.");

    public static long VersionOf(Dictionary<string, AttributeValue> stored) =>
        stored.TryGetValue("ver", out var version)
        && long.TryParse(version.N, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StorageException("A stored item has no version.");

    public static AttributeValue Number(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };
}
