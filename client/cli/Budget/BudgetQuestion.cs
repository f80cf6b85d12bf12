using Lace.Privacy;

namespace Lace.Cli.Budget;

/// <summary>A planned training, of which one figure may be missing that a target ε then determines.</summary>
internal sealed record BudgetQuestion(
    double SampleRate,
    double Delta,
    double? NoiseMultiplier,
    long? Steps,
    double? Epsilon,
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

    /// <exception cref="CliException">The figures are no plan; the message says why.</exception>
    public BudgetAnswer Answer()
    {
        Check();
        var (rdpPlan, pldPlan) = (Solve(Accountant.Rdp), Solve(Accountant.Pld));
        var (rdp, pld) = (EpsilonOf(Accountant.Rdp, rdpPlan), EpsilonOf(Accountant.Pld, pldPlan));
        return new(
            rdp,
            pld,
            PrivacyLevel.Of(Math.Min(rdp, pld)).Name,
            Delta,
            CheckDelta(),
            SampleRate,
            Epsilon,
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

    private void Check()
    {
        var missing = (NoiseMultiplier is null ? 1 : 0) + (Steps is null ? 1 : 0);
        Refuse(
            missing != (Epsilon is null ? 0 : 1)
                ? "give --noise-multiplier and --steps, or --epsilon and one of them."
                : null
        );
        Refuse(SampledGaussian.Refusal(SampleRate, NoiseMultiplier ?? 1));
        Refuse(AccountantExtensions.DeltaRefusal(Delta));
        Refuse(Epsilon is { } epsilon ? Calibration.BudgetRefusal(epsilon) : null);
        Refuse(Steps is < 1 or > PrivacyHistory.MostSteps ? $"--steps is from 1 to {PrivacyHistory.MostSteps}." : null);
        Refuse(DatasetSize is < 1 ? "--dataset-size is the number of records, at least 1." : null);
    }

    private (double Noise, long Steps) Solve(Accountant accountant)
    {
        if (NoiseMultiplier is { } noise)
        {
            return (noise, Steps ?? Calibration.StepsFor(accountant, Epsilon!.Value, Delta, new(SampleRate, noise)));
        }

        var needed = Calibration.NoiseFor(accountant, Epsilon!.Value, Delta, SampleRate, Steps!.Value);
        Refuse(needed is null ? $"no noise multiplier up to {SampledGaussian.MostNoise} keeps to that ε." : null);
        return (needed!.Value, Steps.Value);
    }

    private double EpsilonOf(Accountant accountant, (double Noise, long Steps) plan) =>
        plan.Steps == 0 ? 0 : accountant.Epsilon(PrivacyHistory.Of(new(SampleRate, plan.Noise), plan.Steps), Delta);

    private DeltaCheck CheckDelta() =>
        DatasetSize is not { } size
            ? new("not_checked", "δ has to be below one over the number of records: give --dataset-size.")
        : new RecordSampling(size, Sampler.Poisson).DeltaProblem(Delta) is { } problem ? new("failed", problem)
        : new("passed", $"δ is below 1/{size}.");

    private static void Refuse(string? reason)
    {
        if (reason is not null)
        {
            throw new CliException(reason, ExitCode.Usage);
        }
    }
}
