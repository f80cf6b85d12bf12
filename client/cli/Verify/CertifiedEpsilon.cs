using Lace.Evidence.Certificates;
using Lace.Privacy;

namespace Lace.Cli.Verify;

/// <summary>ε of a certificate's phases by both accountants of Lace.Privacy, computed here.</summary>
internal static class CertifiedEpsilon
{
    public static ComputedEpsilon Compute(PrivacyCertificatePredicate certificate)
    {
        var delta = certificate.Guarantee.Delta;
        var phases = certificate.Mechanism.Phases;
        var refusal =
            phases
                .Select(phase => SampledGaussian.Refusal(phase.SampleRate, phase.NoiseMultiplier))
                .FirstOrDefault(reason => reason is not null)
            ?? AccountantExtensions.DeltaRefusal(delta)
            ?? (IsHistory(phases) ? null : "The phases have no steps, or more than an accountant counts.");
        if (refusal is not null)
        {
            return new ComputedEpsilon(null, refusal);
        }

        var history = phases.Aggregate(
            PrivacyHistory.Empty,
            (sum, phase) => sum.With(new(phase.SampleRate, phase.NoiseMultiplier), phase.Steps)
        );
        return new ComputedEpsilon(new(Accountant.Rdp.Epsilon(history, delta), Accountant.Pld.Epsilon(history, delta)));
    }

    private static bool IsHistory(IReadOnlyList<CertifiedPhase> phases) =>
        phases.Count is >= 1 and <= PrivacyHistory.MostPhases
        && phases.All(phase => phase.Steps is >= 1 and <= PrivacyHistory.MostSteps)
        && phases.Sum(phase => phase.Steps) <= PrivacyHistory.MostSteps;
}
