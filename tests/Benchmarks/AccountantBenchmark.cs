using Lace.Privacy;
using Lace.Privacy.Ledger;

namespace Lace.Benchmarks;

/// <summary>Privacy accounting in processor time: a step, a query, calibration, by both accountants.</summary>
internal static class AccountantBenchmark
{
    public const string Name = "accountant";

    private const double Delta = 1e-5;
    private const double WindowMilliseconds = 300;
    private static readonly SampledGaussian Mechanism = new(0.01, 1);

    public static int Run(string[] args)
    {
        var history = PrivacyHistory.Of(Mechanism, 1000);
        Console.WriteLine($"{"", -46}{"processor time", 16}{"goal", 12}");
        Print("step: added to a history", Milliseconds(() => history.With(Mechanism)), "10 µs");
        Print("step: reserved and committed, RDP budget", LedgerStep(), "");
        Query(Accountant.Rdp, "1 ms");
        Query(Accountant.Pld, "150 ms");
        Calibrate(Accountant.Rdp, "50 ms");
        Calibrate(Accountant.Pld, "2 s");
        return 0;
    }

    private static double LedgerStep()
    {
        var ledger = BudgetLedger.Open(new(8, Delta, Accountant.Rdp), new(50_000, Sampler.Poisson));
        var step = 0;
        return Milliseconds(() =>
        {
            var operation = $"{step++}";
            ledger = ledger.Reserve(operation, Mechanism).Ledger.Commit(operation).Ledger;
        });
    }

    /// <summary>Over a grid of trainings, because the cost depends on them.</summary>
    private static void Query(Accountant accountant, string goal)
    {
        var times = new List<double>();
        foreach (var noise in new[] { 0.5, 0.6, 0.8, 1, 1.3, 2, 4, 10 })
        {
            foreach (var rate in new[] { 1e-4, 1e-3, 0.004, 0.01, 0.05, 0.2, 1 })
            {
                foreach (var steps in new[] { 1, 100, 10_000 })
                {
                    var history = PrivacyHistory.Of(new(rate, noise), steps);
                    times.Add(Milliseconds(() => accountant.Epsilon(history, Delta), 20));
                }
            }
        }

        times.Sort();
        var name = accountant.ToString().ToUpperInvariant();
        Print($"ε by {name}, median of {times.Count} trainings", times[times.Count / 2], goal);
        Print($"ε by {name}, nine tenths below", times[times.Count * 9 / 10], goal);
        Print($"ε by {name}, slowest", times[^1], goal);
    }

    private static void Calibrate(Accountant accountant, string goal)
    {
        var name = accountant.ToString().ToUpperInvariant();
        Print(
            $"σ for ε = 8, q = 0.01, 1,000 steps, by {name}",
            Milliseconds(() => Calibration.NoiseFor(accountant, 8, Delta, 0.01, 1000)),
            goal
        );
        Print(
            $"steps for ε = 8, q = 0.01, σ = 1, by {name}",
            Milliseconds(() => Calibration.StepsFor(accountant, 8, Delta, Mechanism)),
            goal
        );
    }

    private static void Print(string what, double milliseconds, string goal) =>
        Console.WriteLine(
            $"{what, -46}{(milliseconds < 1 ? $"{1000 * milliseconds:F1} µs" : $"{milliseconds:F1} ms"), 16}{goal, 12}"
        );

    /// <summary>The best of three windows; the first call warms up.</summary>
    private static double Milliseconds(Action action, double window = WindowMilliseconds)
    {
        action();
        var best = double.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var (start, count, elapsed) = (Environment.CpuUsage.TotalTime, 0, 0.0);
            while (elapsed < window)
            {
                action();
                count++;
                elapsed = (Environment.CpuUsage.TotalTime - start).TotalMilliseconds;
            }

            best = Math.Min(best, elapsed / count);
        }

        return best;
    }
}
