namespace Lace.Evidence.Trajectories;

/// <summary>Takes the effect of the batch length out of loss and predictors.</summary>
/// <remarks>
/// The number of target tokens is a fact of the run, not of the claim: as a predictor it would let a false claim correlate, so it is
/// regressed out of both sides. Source: <c>docs/trajectory.md</c> §3, step 5.
/// </remarks>
internal sealed class TokenLengths
{
    private readonly List<double[]> basis = [];

    private TokenLengths() { }

    /// <summary>The detrended length terms; null where the length does not vary.</summary>
    /// <param name="tokens">Target tokens of each point, before the warm-up is cut off.</param>
    public static TokenLengths? From(ReadOnlySpan<double> tokens, ReadOnlySpan<int> segments, int skip)
    {
        var count = tokens.Length;
        var mean = 0.0;
        foreach (var t in tokens)
        {
            mean += Math.Max(t, 1);
        }

        mean /= count;
        var terms = new double[count * 2];
        for (var i = 0; i < count; i++)
        {
            var t = Math.Max(tokens[i], 1);
            terms[2 * i] = t / mean;
            terms[(2 * i) + 1] = mean / t;
        }

        var residuals = Detrending.Residuals(terms, 2, segments);
        var columns = new double[2][];
        for (var c = 0; c < 2; c++)
        {
            columns[c] = new double[count - skip];
            for (var i = skip; i < count; i++)
            {
                columns[c][i - skip] = residuals[(2 * i) + c];
            }
        }

        if (!columns.Any(column => Moments.StandardDeviation(column) > 1e-9))
        {
            return null;
        }

        var lengths = new TokenLengths();
        lengths.Span(Enumerable.Repeat(1.0, count - skip).ToArray());
        lengths.Span(columns[0]);
        lengths.Span(columns[1]);
        return lengths;
    }

    /// <summary>Replaces a column by what the constant and the length terms do not explain.</summary>
    public void RemoveFrom(Span<double> column)
    {
        foreach (var direction in basis)
        {
            var weight = Dot(direction, column);
            for (var i = 0; i < column.Length; i++)
            {
                column[i] -= weight * direction[i];
            }
        }
    }

    private void Span(double[] column)
    {
        // Twice is enough (Kahan and Parlett): after the second pass the column is orthogonal to working precision.
        RemoveFrom(column);
        RemoveFrom(column);
        var norm = Math.Sqrt(Dot(column, column));
        var negligible = Math.BitIncrement(1.0) - 1;
        if (norm > negligible * Math.Pow(column.Length, 1.5))
        {
            for (var i = 0; i < column.Length; i++)
            {
                column[i] /= norm;
            }

            basis.Add(column);
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
