using System.Text.Json.Serialization;
using Lace.Records.Audit;
using Lace.Records.Tenancy;

namespace Lace.Records.Storage;

/// <summary>The documents that every record stands on.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(PublicIdOwner))]
[JsonSerializable(typeof(AuditHead))]
[JsonSerializable(typeof(Tenant))]
[JsonSerializable(typeof(UsageCount))]
internal sealed partial class RecordsJson : JsonSerializerContext;
