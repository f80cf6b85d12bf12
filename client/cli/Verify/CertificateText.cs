using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Evidence.Verification;
using Lace.Privacy;

namespace Lace.Cli.Verify;

/// <summary>What came of a certificate, for people.</summary>
/// <param name="onTerminal">Marks and colours; else plain words, which a log or a pipe keeps.</param>
internal sealed class CertificateText(TextWriter output, bool onTerminal)
{
    public void Write(CertificateFindings found)
    {
        output.WriteLine(Headline(found));
        if (found.ArtifactId is { } artifact)
        {
            output.WriteLine(
                $"artifact {CheckLines.Plain(artifact)}, training client {CheckLines.Plain(found.TrainingClientId!)}"
            );
        }

        if (found.Sampling is { } sampling)
        {
            output.WriteLine(
                sampling == SamplingBasis.EnforcedByWorker
                    ? "sampling: enforced by the worker"
                    : "sampling: declared by the caller, not enforced"
            );
        }

        output.WriteLine();
        CheckLines.Write(output, onTerminal, found.Checks);
        CheckLines.WriteDoesNotShow(output, found.DoesNotShow);
    }

    private static string Headline(CertificateFindings found) =>
        found.Outcome switch
        {
            BundleOutcome.Passed when found.Guarantee is { Epsilon: var epsilon } guarantee =>
                $"ε ≤ {Up(Math.Min(epsilon.Rdp, epsilon.Pld))} at δ = {guarantee.Delta} ({PrivacyLevel.Of(Math.Min(epsilon.Rdp, epsilon.Pld)).Name}; RDP {Up(epsilon.Rdp)}, PLD {Up(epsilon.Pld)}) after {guarantee.Steps} steps: every required check passed",
            BundleOutcome.Failed => $"FAILED: {CheckLines.Names(found.Checks, CheckStatus.Failed)}",
            _ => $"NOT CHECKED: {CheckLines.Names(found.Checks, CheckStatus.NotChecked)}",
        };

    /// <summary>Rounded away from zero: a bound that is printed smaller than it is would be none.</summary>
    private static string Up(double bound) => (Math.Ceiling(bound * 1e4) / 1e4).ToString("0.####");
}
