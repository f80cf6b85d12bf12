namespace Lace.Evidence.Certificates;

/// <summary>Whether the figures of a certificate fit together. What they are worth is for the accountants to say.</summary>
internal static class CertificateRules
{
    public static IEnumerable<string> Broken(PrivacyCertificatePredicate certificate) =>
        BrokenBesideSteps(certificate)
            .Concat(StepsAddUp(certificate) ? [] : ["The steps of the phases do not add up to the stated steps."]);

    public static IEnumerable<string> BrokenBesideSteps(PrivacyCertificatePredicate certificate) =>
        Texts(certificate)
            .Concat(Terms(certificate))
            .Concat(Figures(certificate.Mechanism, certificate.Guarantee))
            .Concat(Together(certificate));

    public static bool StepsAddUp(PrivacyCertificatePredicate certificate) =>
        certificate.Mechanism.Phases.All(phase => phase.Steps >= 1)
        && Sum(certificate.Mechanism.Phases) == certificate.Guarantee.Steps;

    private static IEnumerable<string> Texts(PrivacyCertificatePredicate certificate)
    {
        var training = certificate.Training;
        string?[] ids = [certificate.Artifact.Id, training.ClientId, training.AttestationId, training.RunId];
        if (ids.Any(id => id is { Length: 0 or > CertificateTerms.MaxId }))
        {
            yield return "An id is empty or too long.";
        }

        string[] texts = [training.BaseModel.Ref, certificate.Worker.Name, certificate.Worker.Version];
        if (texts.Any(text => text is { Length: 0 or > CertificateTerms.MaxText }))
        {
            yield return "A name or version is empty or too long.";
        }
    }

    private static IEnumerable<string> Terms(PrivacyCertificatePredicate certificate)
    {
        var mechanism = certificate.Mechanism;
        if (
            (mechanism.Name, mechanism.Unit, mechanism.Neighbours, mechanism.Sampler)
            != (
                CertificateTerms.SampledGaussian,
                CertificateTerms.Record,
                CertificateTerms.AddOrRemoveOne,
                CertificateTerms.Poisson
            )
        )
        {
            yield return "The mechanism, its unit, neighbours or sampler are none of this format.";
        }

        if (!CertificateTerms.Generators.Contains(mechanism.Noise))
        {
            yield return "The generator of the noise is none of this format.";
        }

        if (!Enum.IsDefined(mechanism.Clipping) || !Enum.IsDefined(mechanism.Sampling))
        {
            yield return "The clipping or who sampled is none of this format.";
        }

        if (certificate.Training.Method is not (CertificateTerms.Lora or CertificateTerms.Full))
        {
            yield return "The method is neither lora nor full.";
        }

        if (certificate.Guarantee.Target is { Accountant: not (CertificateTerms.Rdp or CertificateTerms.Pld) })
        {
            yield return "The accountant of the target is neither rdp nor pld.";
        }
    }

    private static IEnumerable<string> Figures(CertifiedMechanism mechanism, CertifiedGuarantee guarantee)
    {
        if (mechanism.Phases.Count is < 1 or > CertificateTerms.MostPhases)
        {
            yield return $"There are not 1 to {CertificateTerms.MostPhases} phases.";
        }

        if (mechanism.Phases.Any(phase => !IsPositive(phase.NoiseMultiplier) || !(phase.SampleRate is > 0 and <= 1)))
        {
            yield return "A noise multiplier is not above 0, or a sample rate not above 0 and at most 1.";
        }

        if (!IsPositive(mechanism.ClippingNorm) || !IsPositive(mechanism.ExpectedBatch) || mechanism.DatasetSize < 1)
        {
            yield return "The clipping norm, the expected batch or the dataset size is not above 0.";
        }

        double[] epsilons = [guarantee.Epsilon.Rdp, guarantee.Epsilon.Pld];
        if (epsilons.Any(epsilon => !double.IsFinite(epsilon) || epsilon < 0))
        {
            yield return "An ε is negative or not finite.";
        }

        if (!(guarantee.Delta is > 0 and < 1) || (guarantee.Target is { } target && !IsPositive(target.Epsilon)))
        {
            yield return "δ is not between 0 and 1, or the target is not above 0.";
        }
    }

    private static IEnumerable<string> Together(PrivacyCertificatePredicate certificate)
    {
        var mechanism = certificate.Mechanism;
        if (mechanism.ExpectedBatch > mechanism.DatasetSize)
        {
            yield return "The expected batch is larger than the dataset.";
        }

        if (
            mechanism.DeclaredSteps < 0
            || mechanism.DeclaredSteps > certificate.Guarantee.Steps
            || mechanism.DeclaredSteps > 0 != (mechanism.Sampling == SamplingBasis.DeclaredByCaller)
        )
        {
            yield return "The number of steps with declared batches is not possible.";
        }

        if (certificate.Training.AttestationId is null != certificate.Training.DatasetRoot is null)
        {
            yield return "Of attestation and root one is missing.";
        }

        if (certificate.Artifact is { Bytes: < 1 } or { Step: < 0 } || certificate.Audit.Entries < 0)
        {
            yield return "A count is negative, or the artifact is empty.";
        }

        var points = NotCoveredPoint.For(mechanism.Sampling).Select(point => point.Code);
        if (
            !certificate.NotCovered.Select(point => point.Code).SequenceEqual(points)
            || certificate.NotCovered.Any(point => point.Sentence is { Length: 0 or > 2 * CertificateTerms.MaxText })
        )
        {
            yield return "What is not covered is not the list of this format.";
        }
    }

    // Unchecked sums of a stranger's numbers may wrap around.
    private static Int128 Sum(IEnumerable<CertifiedPhase> phases) =>
        phases.Aggregate((Int128)0, (sum, phase) => sum + phase.Steps);

    private static bool IsPositive(double value) => value > 0 && double.IsFinite(value);
}
