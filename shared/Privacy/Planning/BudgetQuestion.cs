namespace Lace.Privacy.Planning;

/// <summary>A planned training, of which one figure may be missing that a target ε then determines.</summary>
/// <param name="TargetEpsilon">Null: noise and steps are given, and ε is asked for.</param>
/// <param name="DatasetSize">Null: δ is not checked against it.</param>
public sealed record BudgetQuestion(
    double SampleRate,
    double Delta,
    double? NoiseMultiplier,
    long? Steps,
    double? TargetEpsilon,
    long? DatasetSize
)
{
    private const string Covers =
        "adding or removing one record, Poisson sampling, clipping of each record's gradient, Gaussian noise once a step, release of every step";

    private static readonly string[] NotCovered =
    [
        "shuffled or fixed-size batches",
        "replacing a record (the sum then moves by up to 2C)",
        "hyper-parameter searches on the same data",
        "losses, norms or other statistics released without noise",
        "layers that couple the records of a batch",
    ];

    /// <summary>Why the figures are no plan, as a sentence; null where they are one.</summary>
    public string? Refusal =>
        (NoiseMultiplier is null ? 1 : 0) + (Steps is null ? 1 : 0) != (TargetEpsilon is null ? 0 : 1)
            ? "Give the noise multiplier and the steps, or a target ε and one of them."
            : SampledGaussian.Refusal(SampleRate, NoiseMultiplier ?? 1)
                ?? AccountantExtensions.DeltaRefusal(Delta)
                ?? (TargetEpsilon is { } epsilon ? Calibration.BudgetRefusal(epsilon) : null)
                ?? (
                    Steps is < 1 or > PrivacyHistory.MostSteps
                        ? $"The steps are {Steps}; they are from 1 to {PrivacyHistory.MostSteps}."
                    : DatasetSize is < 1
                        ? $"The dataset size is {DatasetSize}; it is the number of records, at least 1."
                    : null
                );

    /// <summary>The answer; null, with the reason as a sentence, where the figures are no plan or no noise is enough.</summary>
    /// <param name="cancellationToken">Looked at between two evaluations of ε, of which one may take a second.</param>
    public BudgetAnswer? Answer(out string? refusal, CancellationToken cancellationToken = default)
    {
        refusal = Refusal;
        if (refusal is not null)
        {
            return null;
        }

        if (
            Solve(Accountant.Rdp, cancellationToken) is not { } rdpPlan
            || Solve(Accountant.Pld, cancellationToken) is not { } pldPlan
        )
        {
            refusal = $"No noise multiplier up to {SampledGaussian.MostNoise} keeps to that ε.";
            return null;
        }

        var (rdp, pld) = (EpsilonOf(Accountant.Rdp, rdpPlan), EpsilonOf(Accountant.Pld, pldPlan));
        return new(
            rdp,
            pld,
            PrivacyLevel.Of(Math.Min(rdp, pld)).Name,
            Delta,
            CheckDelta(),
            SampleRate,
            TargetEpsilon,
            NoiseMultiplier,
            NoiseMultiplier is null ? new(rdpPlan.Noise, pldPlan.Noise) : null,
            Steps,
            Steps is null ? new(rdpPlan.Steps, pldPlan.Steps) : null,
            Covers,
            NotCovered,
            [
                .. PrivacyLevel.All.Select(level => new GuidanceRow(
                    level.Name,
                    double.IsFinite(level.Most) ? level.Most : null,
                    level.Advice
                )),
            ]
        );
    }

    private (double Noise, long Steps)? Solve(Accountant accountant, CancellationToken cancellationToken)
    {
        if (NoiseMultiplier is { } noise)
        {
            return (
                noise,
                Steps
                    ?? Calibration.StepsFor(
                        accountant,
                        TargetEpsilon!.Value,
                        Delta,
                        new(SampleRate, noise),
                        cancellationToken: cancellationToken
                    )
            );
        }

        var needed = Calibration.NoiseFor(
            accountant,
            TargetEpsilon!.Value,
            Delta,
            SampleRate,
            Steps!.Value,
            cancellationToken: cancellationToken
        );
        return needed is { } found ? (found, Steps.Value) : null;
    }

    private double EpsilonOf(Accountant accountant, (double Noise, long Steps) plan) =>
        plan.Steps == 0 ? 0 : accountant.Epsilon(PrivacyHistory.Of(new(SampleRate, plan.Noise), plan.Steps), Delta);

    private DeltaCheck CheckDelta() =>
        DatasetSize is not { } size
            ? new("not_checked", "δ has to be below one over the number of records, which was not given.")
        : new RecordSampling(size, Sampler.Poisson).DeltaProblem(Delta) is { } problem ? new("failed", problem)
        : new("passed", $"δ is below 1/{size}.");
}
