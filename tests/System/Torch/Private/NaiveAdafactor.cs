namespace Lace.SystemTests.Torch.Private;

/// <summary>Algorithm 4 and 5 of arXiv 1804.04235 with a given rate, written out element by element in double.</summary>
internal sealed class NaiveAdafactor
{
    private readonly int rows;
    private readonly int columns;
    private readonly bool factored;
    private readonly double[] square;
    private readonly double[,] byRow;
    private readonly double[,] byColumn;
    private readonly int matrices;

    public NaiveAdafactor(long[] shape, float[] weights)
    {
        Weights = Array.ConvertAll(weights, value => (double)value);
        factored = shape.Length >= 2;
        columns = (int)shape[^1];
        rows = factored ? (int)shape[^2] : 1;
        matrices = weights.Length / (rows * columns);
        square = new double[weights.Length];
        byRow = new double[matrices, rows];
        byColumn = new double[matrices, columns];
    }

    public double[] Weights { get; }

    public void Step(float[] gradient, int step, double rate, double decay)
    {
        var beta = 1 - Math.Pow(step, -0.8);
        var update = new double[gradient.Length];
        for (var m = 0; m < matrices; m++)
        {
            if (factored)
            {
                Factor(gradient, m, beta, update);
                continue;
            }

            for (var i = 0; i < columns; i++)
            {
                square[i] = beta * square[i] + (1 - beta) * (gradient[i] * (double)gradient[i] + 1e-30);
                update[i] = gradient[i] / Math.Sqrt(square[i]);
            }
        }

        var size = Math.Sqrt(update.Sum(value => value * value) / update.Length);
        for (var i = 0; i < update.Length; i++)
        {
            Weights[i] = Weights[i] * (1 - rate * decay) - rate * update[i] / Math.Max(1, size);
        }
    }

    private void Factor(float[] gradient, int m, double beta, double[] update)
    {
        double At(int r, int c) => gradient[(m * rows + r) * columns + c];
        double Squared(int r, int c) => At(r, c) * At(r, c) + 1e-30;
        var total = 0.0;
        for (var r = 0; r < rows; r++)
        {
            var mean = Enumerable.Range(0, columns).Average(c => Squared(r, c));
            byRow[m, r] = beta * byRow[m, r] + (1 - beta) * mean;
            total += byRow[m, r];
        }

        for (var c = 0; c < columns; c++)
        {
            byColumn[m, c] = beta * byColumn[m, c] + (1 - beta) * Enumerable.Range(0, rows).Average(r => Squared(r, c));
        }

        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                var second = byRow[m, r] * byColumn[m, c] / (total / rows);
                update[(m * rows + r) * columns + c] = At(r, c) / Math.Sqrt(second);
            }
        }
    }
}
