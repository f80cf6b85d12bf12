namespace Lace.Evidence.Trajectories;

/// <summary>Finds stretches of steps that the declared records do not explain.</summary>
/// <remarks>
/// Windows of 20 points every 5; one is suspect if its correlation (Fisher z) is 3.5 standard errors under the run's own upper
/// quartile, and a point is flagged when most windows over it are. Source: <c>docs/trajectory.md</c> §3, step 9.
/// </remarks>
public static class Localiser
{
    private const int Window = 20;
    private const int Hop = 5;
    private const double Cut = 3.5;

    /// <summary>Examines a score; a score without a statistic has no windows and nothing flagged.</summary>
    public static UndeclaredSteps Locate(TrajectoryScore score)
    {
        ArgumentNullException.ThrowIfNull(score);
        if (score.Statistic is null)
        {
            return UndeclaredSteps.None;
        }

        var observed = score.Observed.ToArray();
        var predicted = score.Predicted.ToArray();
        Normalise(observed);
        Normalise(predicted);
        var windows = Windows(observed, predicted);
        var ranges = Flagged(windows, observed.Length);
        return new(
            windows,
            ranges,
            [.. ranges.Select(range => new StepRange(score.Steps[range.From], score.Steps[range.To - 1]))],
            ranges.Sum(range => range.To - range.From) / (double)observed.Length
        );
    }

    /// <summary>Brings the largest value near 1 by a power of two, so that squares of any loss stay in range.</summary>
    private static void Normalise(double[] values)
    {
        var largest = values.Max(Math.Abs);
        if (largest > 0)
        {
            var exponent = Math.ILogB(largest);
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = Math.ScaleB(values[i], -exponent);
            }
        }
    }

    private static ScoredWindow[] Windows(double[] observed, double[] predicted)
    {
        var starts = new List<int>();
        for (var start = 0; start < Math.Max(1, observed.Length - Window + 1); start += Hop)
        {
            starts.Add(start);
        }

        var z = new double[starts.Count];
        for (var i = 0; i < z.Length; i++)
        {
            var end = Math.Min(observed.Length, starts[i] + Window);
            var r = Moments.Correlation(observed.AsSpan(starts[i]..end), predicted.AsSpan(starts[i]..end));
            z[i] = Math.Atanh(Math.Clamp(r, -0.99, 0.99));
        }

        var limit = OrderStatistics.Quantile(z, 0.75) - (Cut / Math.Sqrt(Window - 3));
        return [.. starts.Select((start, i) => new ScoredWindow(start, z[i], z[i] < limit))];
    }

    private static List<PointRange> Flagged(IReadOnlyList<ScoredWindow> windows, int points)
    {
        var covering = new int[points];
        var suspect = new int[points];
        foreach (var window in windows)
        {
            for (var i = window.Start; i < Math.Min(points, window.Start + Window); i++)
            {
                covering[i]++;
                suspect[i] += window.Suspect ? 1 : 0;
            }
        }

        var ranges = new List<PointRange>();
        for (var i = 0; i < points; i++)
        {
            if (2 * suspect[i] <= covering[i])
            {
                continue;
            }

            if (ranges.Count > 0 && ranges[^1].To == i)
            {
                ranges[^1] = ranges[^1] with { To = i + 1 };
            }
            else
            {
                ranges.Add(new(i, i + 1));
            }
        }

        return ranges;
    }
}

/// <summary>What <see cref="Localiser"/> found.</summary>
/// <param name="Windows">Every window with its local correlation.</param>
/// <param name="Points">Flagged ranges as indices into the score's usable points, end excluded.</param>
/// <param name="Steps">The same as the run's own step numbers, both ends included.</param>
/// <param name="Fraction">Flagged points divided by usable points.</param>
public sealed record UndeclaredSteps(
    IReadOnlyList<ScoredWindow> Windows,
    IReadOnlyList<PointRange> Points,
    IReadOnlyList<StepRange> Steps,
    double Fraction
)
{
    public static UndeclaredSteps None { get; } = new([], [], [], 0);
}

/// <summary>One window of the localiser.</summary>
/// <param name="Start">Index of its first usable point.</param>
/// <param name="FisherZ">atanh of the local correlation.</param>
public sealed record ScoredWindow(int Start, double FisherZ, bool Suspect);

/// <summary>Indices of usable points, <paramref name="To"/> excluded.</summary>
public sealed record PointRange(int From, int To);

/// <summary>Step numbers, both ends included.</summary>
public sealed record StepRange(long From, long To);
