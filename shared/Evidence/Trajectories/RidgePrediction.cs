using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lace.Evidence.Trajectories;

/// <summary>Cross-validated ridge regression of the loss residual on the predictors, and on every rotation of them.</summary>
/// <remarks>
/// <para>Six contiguous folds; a fold is predicted from the other points less a gap of two on each side. Penalty 0.02 a
/// training point on standardised columns. Source: <c>docs/trajectory.md</c> §3, steps 6 and 7.</para>
/// <para>A rotation does not change X'X but for the rows left out, and those are a range of the unrotated rows, so
/// <see cref="RowMoments"/> gives it without a pass over the data. Only X'y is summed anew for each rotation.</para>
/// <para>Vector lanes hold different columns, never different rows, so the bits do not depend on the width of the
/// processor's vectors.</para>
/// </remarks>
internal sealed class RidgePrediction
{
    private const double Penalty = 0.02;
    private const int Folds = 6;
    private const int Gap = 2;
    private const int Stride = StepPredictors.Count;

    private readonly int points;
    private readonly int columns;

    // Standardised rows of Stride numbers, twice in a row: rotation s starts at row points - s.
    private readonly double[] rows;
    private readonly RowMoments moments;
    private readonly double[] target;
    private readonly double targetSquares;

    // Of the current rotation: X'y in all, X'y and the moments of each fold, and the weights that predict it.
    private readonly double[] product = new double[Stride];
    private readonly double[][] products;
    private readonly double[][] foldMoments;
    private readonly double[][] weights;

    /// <param name="predictors">Columns of equal length, none constant, at most 12.</param>
    /// <param name="residual">The loss residual at the same points.</param>
    public RidgePrediction(IReadOnlyList<double[]> predictors, ReadOnlySpan<double> residual)
    {
        points = residual.Length;
        columns = predictors.Count;
        target = Centred(residual, out targetSquares);
        rows = Standardised(predictors);
        moments = new(rows.AsMemory(0, points * Stride), Stride, columns);
        products = [.. Enumerable.Range(0, Folds).Select(_ => new double[Stride])];
        foldMoments = [.. products.Select(_ => new double[moments.Width])];
        weights = [.. products.Select(_ => new double[columns])];
    }

    /// <summary>The out-of-fold prediction of each point, without rotation.</summary>
    public double[] Predict()
    {
        FitAll(0);
        var prediction = new double[points];
        for (var fold = 0; fold < Folds; fold++)
        {
            for (var i = Start(fold); i < Start(fold + 1); i++)
            {
                for (var c = 0; c < columns; c++)
                {
                    prediction[i] += rows[(i * Stride) + c] * weights[fold][c];
                }
            }
        }

        return prediction;
    }

    /// <summary>Correlation of the residual with the refitted out-of-fold prediction from rows rotated forward by a shift.</summary>
    public double CorrelationAt(int shift)
    {
        FitAll(shift);
        double sum = 0;
        double squares = 0;
        double cross = 0;
        for (var fold = 0; fold < Folds; fold++)
        {
            var w = weights[fold];
            var m = foldMoments[fold];
            var pair = columns;
            for (var c = 0; c < columns; c++)
            {
                sum += w[c] * m[c];
                cross += w[c] * products[fold][c];
                squares += w[c] * w[c] * m[pair++];
                for (var d = c + 1; d < columns; d++)
                {
                    squares += 2 * w[c] * w[d] * m[pair++];
                }
            }
        }

        // The target has mean 0, so only the prediction is left to centre.
        return Moments.Correlation(cross, Math.Max(0, squares - (sum * sum / points)), targetSquares);
    }

    private int Start(int fold) => (int)((long)fold * points / Folds);

    private void FitAll(int shift)
    {
        Array.Clear(product);
        for (var fold = 0; fold < Folds; fold++)
        {
            MultiplyByTarget(fold, shift);
            moments.OfRange(Start(fold) - shift, Start(fold + 1) - shift, foldMoments[fold]);
            for (var c = 0; c < columns; c++)
            {
                product[c] += products[fold][c];
            }
        }

        for (var fold = 0; fold < Folds; fold++)
        {
            Fit(fold, shift);
        }
    }

    /// <summary>X'y of one fold for rows rotated by a shift: the pass over the data that a rotation costs.</summary>
    private void MultiplyByTarget(int fold, int shift)
    {
        var lanes = MemoryMarshal.Cast<double, Vector256<double>>(rows.AsSpan((points - shift) * Stride));
        var a = Vector256<double>.Zero;
        var b = Vector256<double>.Zero;
        var c = Vector256<double>.Zero;
        for (var i = Start(fold); i < Start(fold + 1); i++)
        {
            var y = Vector256.Create(target[i]);
            a += lanes[3 * i] * y;
            b += lanes[(3 * i) + 1] * y;
            c += lanes[(3 * i) + 2] * y;
        }

        a.CopyTo(products[fold]);
        b.CopyTo(products[fold], 4);
        c.CopyTo(products[fold], 8);
    }

    private void Fit(int fold, int shift)
    {
        Span<double> training = stackalloc double[moments.Width];
        for (var i = 0; i < training.Length; i++)
        {
            training[i] = moments.Total[i] - foldMoments[fold][i];
        }

        var w = weights[fold];
        for (var c = 0; c < columns; c++)
        {
            w[c] = product[c] - products[fold][c];
        }

        var from = Math.Max(0, Start(fold) - Gap);
        var to = Math.Min(points, Start(fold + 1) + Gap);
        LeaveOut(from, Start(fold), shift, training, w);
        LeaveOut(Start(fold + 1), to, shift, training, w);
        Solve(training[columns..], Penalty * (points - (to - from)), w);
    }

    private void LeaveOut(int from, int to, int shift, Span<double> training, double[] trainingProduct)
    {
        for (var i = from; i < to; i++)
        {
            var row = rows.AsSpan((points - shift + i) * Stride, columns);
            RowMoments.Add(row, -1, training);
            for (var c = 0; c < columns; c++)
            {
                trainingProduct[c] -= row[c] * target[i];
            }
        }
    }

    private void Solve(ReadOnlySpan<double> upperTriangle, double penalty, double[] productThenWeights)
    {
        Span<double> gram = stackalloc double[columns * columns];
        var pair = 0;
        for (var c = 0; c < columns; c++)
        {
            for (var d = c; d < columns; d++)
            {
                gram[(d * columns) + c] = upperTriangle[pair++];
            }

            gram[(c * columns) + c] += penalty;
        }

        CholeskySolve.InPlace(gram, productThenWeights);
    }

    private double[] Standardised(IReadOnlyList<double[]> predictors)
    {
        var result = new double[2 * points * Stride];
        for (var c = 0; c < columns; c++)
        {
            var mean = Moments.Mean(predictors[c]);
            var deviation = Moments.StandardDeviation(predictors[c]);
            for (var i = 0; i < points; i++)
            {
                var value = (predictors[c][i] - mean) / deviation;
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
