using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Functions.Train.Messages;

namespace Lace.Functions.Train;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(CreateTrainingClient))]
[JsonSerializable(typeof(ForwardBackward))]
[JsonSerializable(typeof(OptimStep))]
[JsonSerializable(typeof(TrainStep))]
[JsonSerializable(typeof(Sample))]
[JsonSerializable(typeof(SaveState))]
[JsonSerializable(typeof(LoadState))]
[JsonSerializable(typeof(TokenBatch))]
[JsonSerializable(typeof(TrainingClientAnswer))]
[JsonSerializable(typeof(IReadOnlyList<TrainingClientAnswer>))]
[JsonSerializable(typeof(DpMetrics))]
[JsonSerializable(typeof(FutureAnswer))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(ArtifactAnswer))]
[JsonSerializable(typeof(ArtifactList))]
[JsonSerializable(typeof(Cancelled))]
internal sealed partial class TrainJson : JsonSerializerContext;
