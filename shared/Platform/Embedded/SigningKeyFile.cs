using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lace.Platform.Embedded;

/// <summary>One signing key as it lies on the disk.</summary>
/// <param name="Wrapped">Its seed under the tenant's key-encryption key.</param>
internal sealed record StoredSigningKey(
    string Name,
    SigningAlgorithm Algorithm,
    byte[] PublicKey,
    byte[] Wrapped,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RetiredAt
)
{
    [JsonIgnore]
    public string KeyId => Convert.ToBase64String(SHA256.HashData(PublicKey));

    public SigningPublicKey Public => new(KeyId, Algorithm, PublicKey, CreatedAt, RetiredAt);
}

/// <summary>The signing keys of one tenant in the order in which they were made, immutable.</summary>
/// <remarks><c>LACESIG1</c>, a JSON array, and the SHA-256 of both.</remarks>
internal sealed class SigningKeyFile
{
    private const int MaxBytes = 16 << 20;

    private readonly byte[] content;
    private readonly Dictionary<string, StoredSigningKey> byId;

    private SigningKeyFile(byte[] content, IReadOnlyList<StoredSigningKey> keys)
    {
        this.content = content;
        Keys = keys;
        byId = keys.ToDictionary(key => key.KeyId, StringComparer.Ordinal);
    }

    public static SigningKeyFile Empty { get; } = new([], []);

    public IReadOnlyList<StoredSigningKey> Keys { get; }

    private static ReadOnlySpan<byte> Magic => "LACESIG1"u8;

    public StoredSigningKey? Find(string keyId) => byId.GetValueOrDefault(keyId);

    /// <summary>The key that signs now; null before the first.</summary>
    public StoredSigningKey? Current(string name, SigningAlgorithm algorithm) =>
        Keys.LastOrDefault(key => key.Name == name && key.Algorithm == algorithm && key.RetiredAt is null);

    /// <summary>With one key more, which takes the place of the current one of its name and algorithm.</summary>
    public SigningKeyFile With(StoredSigningKey added)
    {
        var retired = Current(added.Name, added.Algorithm);
        StoredSigningKey[] keys =
        [
            .. Keys.Select(key => ReferenceEquals(key, retired) ? key with { RetiredAt = added.CreatedAt } : key),
            added,
        ];
        using var bytes = new MemoryStream();
        bytes.Write(Magic);
        JsonSerializer.Serialize(bytes, keys, SigningKeyJson.Default.StoredSigningKeyArray);
        bytes.Write(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        return bytes.Length <= MaxBytes
            ? new SigningKeyFile(bytes.ToArray(), keys)
            : throw new StorageException("The tenant has too many signing keys for one file.");
    }

    public void Store(string path) => SecretFile.Replace(path, content);

    /// <summary>The file; <paramref name="known"/> itself where nothing changed since, so that nothing is parsed twice.</summary>
    public static SigningKeyFile Read(string path, SigningKeyFile known)
    {
        if (SecretFile.Read(path, MaxBytes) is not { } bytes)
        {
            return Empty;
        }

        if (known != Empty && bytes.AsSpan().SequenceEqual(known.content))
        {
            return known;
        }

        try
        {
            return
                bytes.AsSpan().StartsWith(Magic)
                && SecretFile.EndsWithItsDigest(bytes)
                && JsonSerializer.Deserialize(
                    bytes.AsSpan()[Magic.Length..^SHA256.HashSizeInBytes],
                    SigningKeyJson.Default.StoredSigningKeyArray
                )
                    is { } keys
                ? new SigningKeyFile(bytes, keys)
                : throw Damaged(path);
        }
        catch (JsonException)
        {
            throw Damaged(path);
        }
    }

    private static StorageException Damaged(string path) =>
        new($"{path} is damaged. Restore it from a backup: its keys cannot be made again.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(StoredSigningKey[]))]
internal sealed partial class SigningKeyJson : JsonSerializerContext;
