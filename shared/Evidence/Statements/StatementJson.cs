using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Evidence.Certificates;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>The predicates as JSON: snake_case, absent where null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    Converters = [typeof(UtcTime), typeof(HexHash)]
)]
[JsonSerializable(typeof(StatementDocument))]
[JsonSerializable(typeof(DatasetPredicate))]
[JsonSerializable(typeof(RunStartPredicate))]
[JsonSerializable(typeof(RunEndPredicate))]
[JsonSerializable(typeof(VerificationPredicate))]
[JsonSerializable(typeof(SignedResult))]
[JsonSerializable(typeof(ReportPredicate))]
[JsonSerializable(typeof(AuditHeadPredicate))]
[JsonSerializable(typeof(PrivacyCertificatePredicate))]
[JsonSerializable(typeof(HybridDocument))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyList<double>))]
internal sealed partial class StatementJson : JsonSerializerContext;

internal sealed record StatementDocument(
    [property: JsonPropertyName("_type")] string Type,
    IReadOnlyList<StatementSubject> Subject,
    [property: JsonPropertyName("predicateType")] string PredicateType,
    JsonElement Predicate
);

internal sealed record StatementSubject(string Name, StatementDigest Digest);

internal sealed record StatementDigest([property: JsonPropertyName("sha256")] MerkleHash Sha256);
