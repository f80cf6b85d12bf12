using System.Text.Json.Serialization;
using Lace.Functions.Idempotency;
using Lace.Functions.Plans;

namespace Lace.Functions.Storage;

/// <summary>The documents of the item store.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(StoredApiKey))]
[JsonSerializable(typeof(ApiKeyPlace))]
[JsonSerializable(typeof(ApiKeyUse))]
[JsonSerializable(typeof(MinuteTaken))]
[JsonSerializable(typeof(Attestation))]
[JsonSerializable(typeof(AttestationSummary))]
[JsonSerializable(typeof(StoredChunk))]
[JsonSerializable(typeof(StoredFilterPart))]
[JsonSerializable(typeof(StoredFilterKey))]
[JsonSerializable(typeof(StoredClaim))]
internal sealed partial class StorageJson : JsonSerializerContext;
