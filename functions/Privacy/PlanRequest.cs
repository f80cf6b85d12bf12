using System.Text.Json.Serialization;
using Lace.Privacy;
using Lace.Privacy.Planning;

namespace Lace.Functions.Privacy;

/// <summary>The question of <c>lace budget</c>. Names are those of a training client's <c>dp_config</c>.</summary>
/// <param name="SampleRate">Or <paramref name="BatchSize"/> over <paramref name="DatasetSize"/>.</param>
/// <param name="TargetEpsilon">With it, the noise multiplier or the steps are left out and solved for.</param>
/// <param name="Sampling"><c>poisson</c>; anything else is refused with the reason.</param>
internal sealed record PlanRequest(
    double Delta,
    double? NoiseMultiplier = null,
    double? SampleRate = null,
    long? BatchSize = null,
    long? DatasetSize = null,
    long? Steps = null,
    double? TargetEpsilon = null,
    string Sampling = "poisson"
)
{
    /// <summary>The question; null, with the reason as a sentence, where the request is none.</summary>
    public BudgetQuestion? ToQuestion(out string? refusal)
    {
        refusal =
            Sampling != "poisson" ? new RecordSampling(DatasetSize ?? 1, Sampler.Shuffled).NotCovered
            : SampleRate is null == BatchSize is null ? "Give sample_rate, or batch_size and dataset_size."
            : BatchSize is not null && DatasetSize is not >= 1
                ? "batch_size needs dataset_size, the number of records: their quotient is the sample rate."
            : BatchSize is < 1 ? "batch_size is the expected number of records in a batch, at least 1."
            : null;
        return refusal is null
            ? new BudgetQuestion(
                SampleRate ?? (double)BatchSize!.Value / DatasetSize!.Value,
                Delta,
                NoiseMultiplier,
                Steps,
                TargetEpsilon,
                DatasetSize
            )
            : null;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(PlanRequest))]
[JsonSerializable(typeof(BudgetAnswer))]
internal sealed partial class PlanJson : JsonSerializerContext;
