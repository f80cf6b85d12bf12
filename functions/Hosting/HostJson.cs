using System.Text.Json.Serialization;
using Lace.Functions.Problems;

namespace Lace.Functions.Hosting;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Announcement))]
[JsonSerializable(typeof(HealthStatus))]
[JsonSerializable(typeof(HostVersion))]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class HostJson : JsonSerializerContext;
