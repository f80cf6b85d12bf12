using Lace.Evidence.Bundles;
using Lace.Evidence.Verification;

namespace Lace.Tests.Evidence.Bundles;

internal static class FailedChecks
{
    /// <summary>The bundle is not believed, and these checks say so.</summary>
    public static void AssertFailed(this BundleFindings found, params string[] ids)
    {
        Assert.Equal(BundleOutcome.Failed, found.Outcome);
        foreach (var id in ids)
        {
            var check = found.Checks.Single(check => check.Name == id);
            Assert.True(check.Status == CheckStatus.Failed, $"{id} is {check.Status}: {check.Detail}");
        }
    }
}
