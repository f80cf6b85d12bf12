using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lace.Evidence.Trajectories;

/// <summary>Cross-validated ridge regression of the loss residual on the predictors, and on every rotation of them.</summary>
/// <remarks>
/// <para>Six contiguous folds; a fold is predicted from the other points less a gap of two on each side. Penalty 0.02 a
/// training point on standardised columns. Source: <c>docs/trajectory.md</c> §3, steps 6 and 7.</para>
/// <para>Rotating the rows does not change X'X but for the rows left out, and those are a range of the unrotated rows: prefix
/// sums of outer products give each of them in constant time. Only X'y is summed anew for each rotation.</para>
/// <para>Vector lanes hold different columns, never different rows, so the bits do not depend on the width of the
/// processor's vectors.</para>
/// </remarks>
internal sealed class RidgePrediction
{
    private const double Penalty = 0.02;
    private const int Folds = 6;
    private const int Gap = 2;
    private const int Stride = 12;

    private readonly int points;
    private readonly int columns;
    private readonly int pairs;

    // Standardised rows, Stride numbers each, twice in a row: rotation s starts at row points - s.
    private readonly double[] rows;
    private readonly double[] rowSums;
    private readonly double[] productSums;
    private readonly double[] target;
    private readonly double targetSquares;

    private readonly double[] foldProducts = new double[Folds * Stride];
    private readonly double[] gram;
    private readonly double[] weights;

    /// <param name="predictors">Columns of equal length, none constant, at most 12.</param>
    /// <param name="residual">The loss residual at the same points.</param>
    public RidgePrediction(IReadOnlyList<double[]> predictors, ReadOnlySpan<double> residual)
    {
        points = residual.Length;
        columns = predictors.Count;
        pairs = columns * (columns + 1) / 2;
        target = Centred(residual, out targetSquares);
        rows = Standardised(predictors);
        rowSums = new double[(points + 1) * columns];
        productSums = new double[(points + 1) * pairs];
        for (var i = 0; i < points; i++)
        {
            AddPrefix(i);
        }

        gram = new double[columns * columns];
        weights = new double[columns];
    }

    /// <summary>The out-of-fold prediction of each point, without rotation.</summary>
    public double[] Predict()
    {
        var prediction = new double[points];
        MultiplyByTarget(0);
        for (var fold = 0; fold < Folds; fold++)
        {
            Fit(fold, 0);
            var (from, to) = FoldRange(fold);
            for (var i = from; i < to; i++)
            {
                var sum = 0.0;
                for (var c = 0; c < columns; c++)
                {
                    sum += rows[(i * Stride) + c] * weights[c];
                }

                prediction[i] = sum;
            }
        }

        return prediction;
    }

    /// <summary>Correlation of the residual with the refitted out-of-fold prediction from rows rotated forward by a shift.</summary>
    public double CorrelationAt(int shift)
    {
        MultiplyByTarget(shift);
        double sum = 0;
        double squares = 0;
        double cross = 0;
        Span<double> rangeSums = stackalloc double[columns];
        Span<double> rangeProducts = stackalloc double[pairs];
        for (var fold = 0; fold < Folds; fold++)
        {
            Fit(fold, shift);
            var (from, to) = FoldRange(fold);
            rangeSums.Clear();
            rangeProducts.Clear();
            AddRange(rowSums, columns, from - shift, to - shift, rangeSums);
            AddRange(productSums, pairs, from - shift, to - shift, rangeProducts);
            var pair = 0;
            for (var c = 0; c < columns; c++)
            {
                sum += weights[c] * rangeSums[c];
                cross += weights[c] * foldProducts[(fold * Stride) + c];
                squares += weights[c] * weights[c] * rangeProducts[pair++];
                for (var d = c + 1; d < columns; d++)
                {
                    squares += 2 * weights[c] * weights[d] * rangeProducts[pair++];
                }
            }
        }

        // The target has mean 0, so only the prediction is left to centre.
        return Moments.Correlation(cross, Math.Max(0, squares - (sum * sum / points)), targetSquares);
    }

    private (int From, int To) FoldRange(int fold) =>
        ((int)((long)fold * points / Folds), (int)((long)(fold + 1) * points / Folds));

    private void Fit(int fold, int shift)
    {
        var (from, to) = FoldRange(fold);
        from = Math.Max(0, from - Gap);
        to = Math.Min(points, to + Gap);
        Span<double> left = stackalloc double[pairs];
        left.Clear();
        AddRange(productSums, pairs, from - shift, to - shift, left);
        var whole = productSums.AsSpan(points * pairs, pairs);
        var pair = 0;
        for (var c = 0; c < columns; c++)
        {
            for (var d = c; d < columns; d++, pair++)
            {
                gram[(d * columns) + c] = whole[pair] - left[pair];
            }

            gram[(c * columns) + c] += Penalty * (points - (to - from));
            weights[c] = TrainingProduct(fold, shift, from, to, c);
        }

        CholeskySolve.InPlace(gram, weights);
    }

    private double TrainingProduct(int fold, int shift, int from, int to, int column)
    {
        var sum = 0.0;
        for (var other = 0; other < Folds; other++)
        {
            sum += other == fold ? 0 : foldProducts[(other * Stride) + column];
        }

        var (foldFrom, foldTo) = FoldRange(fold);
        for (var i = from; i < foldFrom; i++)
        {
            sum -= rows[((points - shift + i) * Stride) + column] * target[i];
        }

        for (var i = foldTo; i < to; i++)
        {
            sum -= rows[((points - shift + i) * Stride) + column] * target[i];
        }

        return sum;
    }

    /// <summary>X'y of each fold for rows rotated by a shift: the one pass over the data that a rotation costs.</summary>
    private void MultiplyByTarget(int shift)
    {
        var lanes = MemoryMarshal.Cast<double, Vector256<double>>(rows.AsSpan((points - shift) * Stride));
        for (var fold = 0; fold < Folds; fold++)
        {
            var (from, to) = FoldRange(fold);
            var a = Vector256<double>.Zero;
            var b = Vector256<double>.Zero;
            var c = Vector256<double>.Zero;
            for (var i = from; i < to; i++)
            {
                var y = Vector256.Create(target[i]);
                a += lanes[3 * i] * y;
                b += lanes[(3 * i) + 1] * y;
                c += lanes[(3 * i) + 2] * y;
            }

            var sums = foldProducts.AsSpan(fold * Stride, Stride);
            a.CopyTo(sums);
            b.CopyTo(sums[4..]);
            c.CopyTo(sums[8..]);
        }
    }

    /// <summary>Adds the sum over rows from (inclusive) to (exclusive), counted around the circle.</summary>
    private void AddRange(double[] prefix, int width, int from, int to, Span<double> sums)
    {
        if (from < 0 && to > 0)
        {
            AddRange(prefix, width, from, 0, sums);
            AddRange(prefix, width, 0, to, sums);
            return;
        }

        var turn = from < 0 ? points : 0;
        var upper = prefix.AsSpan((to + turn) * width, width);
        var lower = prefix.AsSpan((from + turn) * width, width);
        for (var i = 0; i < width; i++)
        {
            sums[i] += upper[i] - lower[i];
        }
    }

    private void AddPrefix(int row)
    {
        var values = rows.AsSpan(row * Stride, columns);
        var pair = 0;
        for (var c = 0; c < columns; c++)
        {
            rowSums[((row + 1) * columns) + c] = rowSums[(row * columns) + c] + values[c];
            for (var d = c; d < columns; d++, pair++)
            {
                productSums[((row + 1) * pairs) + pair] = productSums[(row * pairs) + pair] + (values[c] * values[d]);
            }
        }
    }

    private double[] Standardised(IReadOnlyList<double[]> predictors)
    {
        var result = new double[2 * points * Stride];
        for (var c = 0; c < columns; c++)
        {
            var column = predictors[c];
            var mean = Moments.Mean(column);
            var deviation = Moments.StandardDeviation(column);
            for (var i = 0; i < points; i++)
            {
                var value = (column[i] - mean) / deviation;
                result[(i * Stride) + c] = value;
                result[((i + points) * Stride) + c] = value;
            }
        }

        return result;
    }

    private static double[] Centred(ReadOnlySpan<double> values, out double squares)
    {
        var mean = Moments.Mean(values);
        var result = values.ToArray();
        squares = 0;
        for (var i = 0; i < result.Length; i++)
        {
            result[i] -= mean;
            squares += result[i] * result[i];
        }

        return result;
    }
}
