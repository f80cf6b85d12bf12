using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

/// <summary>The rotations of the null: which ones, and that the fast refit is the plain one.</summary>
public sealed class RotationTests
{
    // Count, first, last, sum and weighted sum of numpy.unique(numpy.linspace(…).astype(int)).
    [Theory]
    [InlineData(40, 21, 10, 30, 420, 5390)]
    [InlineData(63, 34, 15, 48, 1071, 22015)]
    [InlineData(230, 199, 16, 214, 22885, 2945200)]
    [InlineData(531, 499, 16, 515, 132236, 43413499)]
    [InlineData(532, 499, 16, 516, 132486, 43507124)]
    [InlineData(9500, 499, 16, 9484, 2370000, 789352179)]
    [InlineData(99991, 499, 16, 99975, 24947506, 8315191097)]
    public void Are_those_of_the_reference(int points, int count, int first, int last, long sum, long weighted)
    {
        var shifts = ShiftNull.Shifts(points);
        Assert.Equal((count, first, last), (shifts.Length, shifts[0], shifts[^1]));
        Assert.Equal(sum, shifts.Sum(shift => (long)shift));
        Assert.Equal(weighted, shifts.Select((shift, i) => (long)shift * (i + 1)).Sum());
    }

    [Theory]
    [InlineData(100, 2)]
    [InlineData(101, 12)]
    [InlineData(230, 7)]
    [InlineData(997, 12)]
    public void Are_refitted_exactly_as_rotated_rows_would_be(int points, int columns)
    {
        var random = new Random(points + columns);
        var predictors = Enumerable.Range(0, columns).Select(_ => Noise(random, points)).ToArray();
        var residual = Noise(random, points);
        for (var i = 0; i < points; i++)
        {
            residual[i] += predictors[0][i] - predictors[1][i];
        }

        var ridge = new RidgePrediction(predictors, residual);
        foreach (var shift in new[] { 0, 1, 16, points / 3, points / 2, points - 16, points - 1 })
        {
            var rotated = predictors.Select(column => Rotated(column, shift)).ToArray();
            var plain = Moments.Correlation(new RidgePrediction(rotated, residual).Predict(), residual);
            Assert.Equal(plain, ridge.CorrelationAt(shift), 1e-11);
        }
    }

    [Fact]
    public void Cholesky_solves_what_it_is_given()
    {
        const int Size = 12;
        var random = new Random(5);
        var rows = Enumerable.Range(0, 40).Select(_ => Noise(random, Size)).ToArray();
        var gram = new double[Size * Size];
        var solution = Noise(random, Size);
        var product = new double[Size];
        for (var i = 0; i < Size; i++)
        {
            for (var j = 0; j < Size; j++)
            {
                gram[(i * Size) + j] = rows.Sum(row => row[i] * row[j]) + (i == j ? 0.1 : 0);
                product[i] += gram[(i * Size) + j] * solution[j];
            }
        }

        CholeskySolve.InPlace(gram, product);
        for (var i = 0; i < Size; i++)
        {
            Assert.Equal(solution[i], product[i], 1e-9);
        }
    }

    private static double[] Noise(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (random.NextDouble() * 2) - 1)];

    private static double[] Rotated(double[] values, int shift) =>
        [.. Enumerable.Range(0, values.Length).Select(i => values[(i - shift + values.Length) % values.Length])];
}
