using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Lace.Functions.Audit;
using Lace.Functions.Idempotency;
using Lace.Platform;

namespace Lace.Functions.Storage;

/// <summary>The documents of the item store.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Tenant))]
[JsonSerializable(typeof(StoredApiKey))]
[JsonSerializable(typeof(ApiKeyPlace))]
[JsonSerializable(typeof(PublicIdOwner))]
[JsonSerializable(typeof(Attestation))]
[JsonSerializable(typeof(AttestationSummary))]
[JsonSerializable(typeof(StoredChunk))]
[JsonSerializable(typeof(StoredClaim))]
[JsonSerializable(typeof(AuditHead))]
internal sealed partial class StorageJson : JsonSerializerContext;

internal static class ItemDocument
{
    /// <summary>The document of an item that this program wrote.</summary>
    /// <exception cref="InvalidDataException">It is not one: somebody else wrote to the store.</exception>
    public static T Read<T>(this Item item, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(item.Document, type) ?? throw new JsonException("null");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException(
                $"The stored item {item.Key.Partition} {item.Key.Sort} is not a {typeof(T).Name}.",
                failure
            );
        }
    }
}
