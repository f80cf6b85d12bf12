using System.Globalization;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Certificates;

/// <summary>What a verifier holds beside the certificate. What is missing leaves checks undone.</summary>
/// <param name="Policy">Null: nothing is trusted, so no signature is checked.</param>
/// <param name="Epsilon">Computed by the verifier's own accountants from the certificate's phases; null: not done.</param>
/// <param name="Artifact">SHA-256 of the artifact's content; null: it is not at hand.</param>
public sealed record CertificateInput(
    LacePolicy? Policy = null,
    ComputedEpsilon? Epsilon = null,
    MerkleHash? Artifact = null
);

/// <summary>ε as the verifier's accountants have it.</summary>
/// <param name="Bounds">Null where they refuse the phases or δ; <paramref name="Refusal"/> says why.</param>
public sealed record ComputedEpsilon(EpsilonBounds? Bounds, string? Refusal = null);

/// <summary>Checks a certificate with nothing but what it is given: no network, no clock, no key but those of the policy.</summary>
/// <remarks>Signatures and log are checked by the rules of a bundle; what is new is the arithmetic.</remarks>
public static class CertificateVerification
{
    /// <summary>Another machine's elementary functions may differ in the last bit, and many steps carry that further.</summary>
    private const double Tolerance = 1e-6;

    private const string Unreadable = "The certificate cannot be read.";

    private static readonly string[] Optional =
    [
        BundleChecks.Witnesses,
        CertificateChecks.Target,
        CertificateChecks.Sampling,
        CertificateChecks.Artifact,
    ];

    /// <param name="json">The certificate file.</param>
    public static CertificateFindings Verify(ReadOnlySpan<byte> json, CertificateInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return CertificateFile.Parse(json, out var reason) is { } file ? Verify(file, input) : NoCertificate(reason!);
    }

    public static CertificateFindings Verify(CertificateFile file, CertificateInput input)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(input);
        var content = LoggedContent.Of(file.Checkpoint, [StatementContent.Of(file.Statement, CertificateChecks.Kind)]);
        var statement = content.Statements[0];
        var certificate = statement.Predicate as PrivacyCertificatePredicate;
        var checks = new List<Check> { Check.Of(CertificateChecks.Format, true, "One statement.") };
        checks.AddRange(StatementChecks.Run(content, input.Policy));
        checks.AddRange(LogChecks.Signers(content, input.Policy));
        checks.AddRange(certificate is null ? Rest(Unreadable) : Own(certificate, statement.Statement!, input));
        var outcome = RequiredChecks.Outcome(checks, Optional, input.Policy);
        var believed = outcome == BundleOutcome.Passed ? certificate : null;
        return new CertificateFindings(
            certificate?.Artifact.Id,
            certificate?.Training.ClientId,
            outcome,
            believed?.Guarantee,
            believed?.Mechanism.Sampling,
            [.. (believed?.NotCovered ?? []).Select(point => point.Sentence)],
            checks
        );
    }

    private static IEnumerable<Check> Own(
        PrivacyCertificatePredicate certificate,
        Statement statement,
        CertificateInput input
    )
    {
        var (mechanism, guarantee) = (certificate.Mechanism, certificate.Guarantee);
        yield return Check.Of(
            CertificateChecks.Subject,
            CertificateStatement.IsAbout(certificate, statement),
            $"The subject is {statement.Subject}, the artifact {certificate.Artifact.Sha256}."
        );
        var broken = CertificateRules.BrokenBesideSteps(certificate).FirstOrDefault();
        yield return Check.Of(CertificateChecks.Figures, broken is null, broken ?? "They fit together.");
        yield return Check.Of(
            CertificateChecks.Steps,
            CertificateRules.StepsAddUp(certificate),
            $"{guarantee.Steps} steps in {mechanism.Phases.Count} phases."
        );
        yield return Check.Of(
            CertificateChecks.Delta,
            guarantee.Delta * mechanism.DatasetSize < 1,
            $"δ is {Text(guarantee.Delta)} for {mechanism.DatasetSize} records."
        );
        yield return Stated(CertificateChecks.Rdp, guarantee.Epsilon.Rdp, input.Epsilon, bounds => bounds.Rdp);
        yield return Stated(CertificateChecks.Pld, guarantee.Epsilon.Pld, input.Epsilon, bounds => bounds.Pld);
        yield return Target(guarantee.Target, input.Epsilon);
        yield return mechanism.Sampling == SamplingBasis.EnforcedByWorker
            ? Check.Of(CertificateChecks.Sampling, true, "Enforced: the worker drew the batches, by its signed word.")
            : Check.NotChecked(
                CertificateChecks.Sampling,
                "Declared: the caller sent the batches, and nobody checked how they were drawn."
            );
        yield return Artifact(certificate.Artifact, input.Artifact);
    }

    private static Check Stated(string id, double stated, ComputedEpsilon? computed, Func<EpsilonBounds, double> of) =>
        computed is null ? Check.NotChecked(id, "ε was not computed again.")
        : computed.Bounds is not { } bounds
            ? Check.Of(id, false, $"There is no ε for these figures: {computed.Refusal}")
        : Check.Of(id, stated >= of(bounds) * (1 - Tolerance), $"Stated {Text(stated)}, computed {Text(of(bounds))}.");

    private static Check Target(CertifiedTarget? target, ComputedEpsilon? computed)
    {
        if (target is null || computed?.Bounds is not { } bounds)
        {
            return Check.NotChecked(
                CertificateChecks.Target,
                target is null ? "No target is stated." : "ε was not computed again."
            );
        }

        // PLD's budgets are kept by either bound: the ledger asks the slow accountant only where the quick one refuses.
        var epsilon = target.Accountant == CertificateTerms.Pld ? Math.Min(bounds.Rdp, bounds.Pld) : bounds.Rdp;
        return Check.Of(
            CertificateChecks.Target,
            epsilon * (1 - Tolerance) <= target.Epsilon,
            $"Computed {Text(epsilon)}, the target by {target.Accountant} is {Text(target.Epsilon)}."
        );
    }

    private static Check Artifact(CertifiedArtifact certified, MerkleHash? given) =>
        given is not { } hash
            ? Check.NotChecked(CertificateChecks.Artifact, "The artifact was not given (--artifact).")
            : Check.Of(
                CertificateChecks.Artifact,
                hash == certified.Sha256,
                hash == certified.Sha256 ? $"It has {hash}." : $"It has {hash}, certified is {certified.Sha256}."
            );

    private static CertificateFindings NoCertificate(string reason) =>
        new(
            null,
            null,
            BundleOutcome.Failed,
            null,
            null,
            [],
            [
                Check.Of(CertificateChecks.Format, false, $"The file is no certificate: {reason}."),
                .. CertificateChecks
                    .Table.Skip(1)
                    .Select(row => Check.NotChecked(row.Id, "The file is no certificate.")),
            ]
        );

    private static IEnumerable<Check> Rest(string why) =>
        CertificateChecks
            .Table.SkipWhile(row => row.Id != CertificateChecks.Subject)
            .Select(row => Check.NotChecked(row.Id, why));

    private static string Text(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
