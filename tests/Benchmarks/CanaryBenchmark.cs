using System.Diagnostics;
using System.Globalization;
using Lace.Privacy;
using Lace.Torch;

namespace Lace.Benchmarks;

/// <summary>Whether a trained model gives away who was in its training set: without privacy, and with.</summary>
internal static class CanaryBenchmark
{
    public const string Name = "canary";

    private const double LearningRate = 0.005;
    private static readonly CanaryAttack Attack = new(2000, 600, 600, 0.05, Layers: 1, Width: 64);

    public static int Run(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("usage: ./run bench canary");
            return 2;
        }

        Blas.Loaded.RefuseReference();
        torch.set_num_threads(1);
        Console.WriteLine(
            $"{Attack.Canaries} random canaries, half of them among {Attack.Background} sentences of a made language, once each; GPT-2 type,"
        );
        Console.WriteLine(
            $"{Attack.Layers} layers of width {Attack.Width}, all weights; {Attack.Steps} steps at q = {Attack.SampleRate}; δ = 1e-5. Attack: how far the loss fell."
        );
        Console.WriteLine(
            "Possible: what no attack exceeds, by the accountant. ε shown: what this one shows to be exceeded, at 95 % confidence."
        );
        Row(
            "",
            "σ",
            "ε RDP",
            "ε PLD",
            "AUC (95 %)",
            "possible",
            "TPR at FPR 1 % (95 %)",
            "possible",
            "ε shown",
            "loss of unseen",
            "s"
        );
        Print("plain", null);
        Print("ε ≤ 8", 8);
        Print("ε ≤ 2", 2);
        Print("ε ≤ 1", 1);
        return 0;
    }

    private static void Print(string name, double? epsilon)
    {
        var watch = Stopwatch.StartNew();
        var outcome = Attack.Run(epsilon, LearningRate, seed: 1);
        var (low, high) = outcome.AucInterval;
        var (auc, found) = epsilon is null ? (1, 1) : outcome.MostPossible(0.01);
        string Epsilon(Accountant accountant) =>
            epsilon is null ? "none" : Text(accountant.Epsilon(outcome.History, CanaryAttack.Delta), "0.00");
        Row(
            name,
            Text(outcome.Noise, "0.000"),
            Epsilon(Accountant.Rdp),
            Epsilon(Accountant.Pld),
            $"{Text(outcome.Auc, "0.000")} ({Text(low, "0.000")} to {Text(high, "0.000")})",
            Text(auc, "0.000"),
            Found(outcome, 0.01),
            Text(found, "0.000"),
            Text(outcome.EpsilonShown(CanaryAttack.Delta), "0.00"),
            $"{Text(outcome.LossBefore, "0.00")} to {Text(outcome.LossAfter, "0.00")}",
            Text(watch.Elapsed.TotalSeconds, "0")
        );
    }

    private static void Row(params ReadOnlySpan<string> cells)
    {
        int[] widths = [-7, 7, 8, 8, 26, 10, 26, 10, 9, 16, 5];
        for (var i = 0; i < cells.Length; i++)
        {
            Console.Write(widths[i] < 0 ? cells[i].PadRight(-widths[i]) : cells[i].PadLeft(widths[i]));
        }

        Console.WriteLine();
    }

    private static string Found(CanaryOutcome outcome, double falsePositives)
    {
        var (rate, low, high) = outcome.TruePositives(falsePositives);
        return $"{Text(rate, "0.000")} ({Text(low, "0.000")} to {Text(high, "0.000")})";
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
