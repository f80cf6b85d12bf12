using System.Security.Cryptography;
using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>A plan's prediction as signed: all of <see cref="PlanPrediction"/>, but of the first steps their digest.</summary>
/// <param name="FirstStepsSha256">SHA-256 of the array of the first steps in JCS form; null where none were predicted.</param>
public sealed record SignedPrediction(
    long Steps,
    Spread BytesPerBatch,
    IReadOnlyList<Spread> NatsPerByte,
    long UsablePoints,
    bool SupportsNegativeVerdict,
    MerkleHash? FirstStepsSha256 = null
)
{
    public static SignedPrediction Of(PlanPrediction prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        return new SignedPrediction(
            prediction.Steps,
            prediction.BytesPerBatch,
            prediction.NatsPerByte,
            prediction.UsablePoints,
            prediction.SupportsNegativeVerdict,
            prediction.FirstSteps is { } steps ? DigestOf(steps) : null
        );
    }

    private static MerkleHash DigestOf(IReadOnlyList<double> steps) =>
        new(
            SHA256.HashData(
                CanonicalJson.Canonicalize(
                    JsonSerializer.SerializeToUtf8Bytes(steps, StatementJson.Default.IReadOnlyListDouble)
                )
            )
        );
}
