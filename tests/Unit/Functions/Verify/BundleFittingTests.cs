using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Functions.Verify;
using Lace.Tests.Evidence.Bundles;

namespace Lace.Tests.Functions.Verify;

/// <summary>What the server leaves out of a bundle that would be too large.</summary>
public sealed class BundleFittingTests
{
    [Fact]
    public void The_oldest_reports_are_left_out_where_they_do_not_fit()
    {
        var reports = LargestBundle.Make(EvidenceBundle.MaxReports).Statements.Skip(EvidenceBundle.RunStatements);

        // Statements as small as reports in place of the run's own, so that some of the reports fit.
        var bundle = LargestBundle.Make() with
        {
            Statements = [.. reports, .. reports],
        };
        var (bytes, _) = BundleMaker.Fitting(bundle);
        Assert.InRange(bytes!.Length, 1, EvidenceBundle.MaxBytes);
        var told = EvidenceBundle.Parse(bytes, out _)!.Statements.Skip(EvidenceBundle.RunStatements).Select(Name);
        Assert.Equal([LargestBundle.ReportId(2), LargestBundle.ReportId(3)], told);
    }

    [Fact]
    public void The_run_s_own_statements_stay_where_no_report_fits()
    {
        var (bytes, _) = BundleMaker.Fitting(LargestBundle.Make(EvidenceBundle.MaxReports));
        Assert.Equal(EvidenceBundle.RunStatements, EvidenceBundle.Parse(bytes, out _)!.Statements.Count);
    }

    [Fact]
    public void A_checkpoint_with_too_many_witnesses_leaves_no_room_for_the_largest_statements()
    {
        var (bytes, refusal) = BundleMaker.Fitting(LargestBundle.Make(mlDsaWitnesses: 4));
        Assert.Equal((null, "bundle_too_large"), (bytes, refusal?.Code));
    }

    private static string Name(BundledStatement bundled) =>
        Statement.TryParse(bundled.Signed.Payload, out var statement) == StatementError.None
            ? statement!.SubjectName
            : "";
}
