using System.Text.Json.Serialization;

namespace Lace.Records.Training;

/// <summary>The documents of training clients in the item store.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(TrainingClient))]
[JsonSerializable(typeof(ClientEntry))]
[JsonSerializable(typeof(WaitingClient))]
[JsonSerializable(typeof(Operation))]
[JsonSerializable(typeof(StoredLedger))]
[JsonSerializable(typeof(Artifact))]
[JsonSerializable(typeof(ChargedMetrics))]
internal sealed partial class TrainingJson : JsonSerializerContext;
