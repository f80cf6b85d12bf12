namespace Lace.Privacy;

/// <summary>The least value of a function with one minimum. MathNet's refuses a minimum at an end, which is a legal answer here.</summary>
internal static class GoldenSection
{
    private static readonly double Ratio = (Math.Sqrt(5) - 1) / 2;

    public static (double At, double Value) Minimum(Func<double, double> f, double from, double to, double tolerance)
    {
        var (left, right) = (to - (Ratio * (to - from)), from + (Ratio * (to - from)));
        var (atLeft, atRight) = (f(left), f(right));
        while (to - from > tolerance)
        {
            if (atLeft < atRight)
            {
                (to, right, atRight) = (right, left, atLeft);
                left = to - (Ratio * (to - from));
                atLeft = f(left);
            }
            else
            {
                (from, left, atLeft) = (left, right, atRight);
                right = from + (Ratio * (to - from));
                atRight = f(right);
            }
        }

        return atLeft < atRight ? (left, atLeft) : (right, atRight);
    }
}
