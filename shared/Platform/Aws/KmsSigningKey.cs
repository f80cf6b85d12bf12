using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lace.Platform.Aws;

/// <summary>One signing key in the list of its name.</summary>
/// <param name="Keys">Ids in KMS: one, or those of the ML-DSA and of the Ed25519 half.</param>
internal sealed record KmsSigningKey(
    SigningAlgorithm Algorithm,
    IReadOnlyList<string> Keys,
    byte[] PublicKey,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RetiredAt
)
{
    [JsonIgnore]
    public string KeyId => Convert.ToBase64String(SHA256.HashData(PublicKey));

    [JsonIgnore]
    public SigningPublicKey Public => new(KeyId, Algorithm, PublicKey, CreatedAt, RetiredAt);
}

/// <summary>The signing keys of one name in the order in which they were made, as an item of the store: its write decides between rivals.</summary>
internal sealed record KmsSigningKeys(ItemKey Place, Item? Stored, IReadOnlyList<KmsSigningKey> Keys)
{
    public const string Partition = "KMS";
    public const string Prefix = "SIGN#";

    public static ItemKey PlaceOf(TenantId tenant, string name) => new(tenant, Partition, Prefix + name);

    public static KmsSigningKeys Of(ItemKey place, Item? stored)
    {
        try
        {
            return new KmsSigningKeys(
                place,
                stored,
                stored is null
                    ? []
                    : JsonSerializer.Deserialize(stored.Document, KmsJson.Default.KmsSigningKeyArray) ?? []
            );
        }
        catch (JsonException e)
        {
            throw new StorageException($"The list of signing keys {place.Sort} of {place.Tenant} is damaged.", e);
        }
    }

    public KmsSigningKey? Current(SigningAlgorithm algorithm) =>
        Keys.LastOrDefault(key => key.Algorithm == algorithm && key.RetiredAt is null);

    /// <summary>The write of a list with one key more, which takes the place of the current one of its algorithm.</summary>
    public ItemWrite With(KmsSigningKey added)
    {
        var retired = Current(added.Algorithm);
        KmsSigningKey[] keys =
        [
            .. Keys.Select(key => ReferenceEquals(key, retired) ? key with { RetiredAt = added.CreatedAt } : key),
            added,
        ];
        var document = JsonSerializer.Serialize(keys, KmsJson.Default.KmsSigningKeyArray);
        return Stored is null ? ItemWrite.Create(Place, document) : ItemWrite.Replace(Stored, document);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(KmsSigningKey[]))]
internal sealed partial class KmsJson : JsonSerializerContext;
