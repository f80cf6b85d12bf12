namespace Lace.Privacy;

/// <summary>e^x − 1 and ln(1 + x) without cancellation, by Kahan's quotients (Higham, Accuracy and Stability, section 1.14).</summary>
/// <remarks>.NET's ExpM1 subtracts, and MathNet 5.0's is off by up to 2e-7.</remarks>
internal static class NearZero
{
    public static double Expm1(double x)
    {
        var power = Math.Exp(x);
        return power == 1 ? x
            : power - 1 is var rest && (rest == -1 || double.IsInfinity(rest)) ? rest
            : rest * (x / Math.Log(power));
    }

    public static double Log1p(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }
}
