using Lace.Evidence.Verification;

namespace Lace.Tests.Evidence.Verification;

/// <summary>What a result must say of one check.</summary>
internal static class Checked
{
    public static Check Passed(VerificationResult result, string name)
    {
        var check = result.Checks.Single(check => check.Name == name);
        Assert.True(check.Passed, check.Detail);
        return check;
    }

    public static void Failed(VerificationResult result, string name, string why)
    {
        var check = result.Checks.Single(check => check.Name == name);
        Assert.Equal(CheckStatus.Failed, check.Status);
        Assert.Contains(why, check.Detail, StringComparison.Ordinal);
    }

    public static void NotChecked(VerificationResult result, string name) =>
        Assert.Equal(CheckStatus.NotChecked, result.Checks.Single(check => check.Name == name).Status);
}
