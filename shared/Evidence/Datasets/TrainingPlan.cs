using System.Text.Json.Serialization;

namespace Lace.Evidence.Datasets;

/// <summary>How the owner means to train: what a run is predicted from before it starts.</summary>
/// <param name="Epochs">Passes over the dataset, at least 1.</param>
/// <param name="Batch">Records that one optimizer step sees, all its micro-batches together, at least 1.</param>
public sealed record TrainingPlan(int Epochs, int Batch, PlanOrder Order = PlanOrder.Shuffled)
{
    /// <summary>More than this of either is a mistake.</summary>
    public const int Limit = 1_000_000_000;

    [JsonIgnore]
    public bool IsValid => Epochs is >= 1 and <= Limit && Batch is >= 1 and <= Limit && Enum.IsDefined(Order);
}

[JsonConverter(typeof(JsonStringEnumConverter<PlanOrder>))]
public enum PlanOrder
{
    [JsonStringEnumMemberName("shuffled")]
    Shuffled,

    [JsonStringEnumMemberName("sequential")]
    Sequential,
}
