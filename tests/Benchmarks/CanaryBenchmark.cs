using System.Diagnostics;
using System.Globalization;
using Lace.Privacy;
using Lace.Torch;

namespace Lace.Benchmarks;

/// <summary>Whether a trained model gives away who was in its training set: without privacy, and with.</summary>
internal static class CanaryBenchmark
{
    public const string Name = "canary";

    private static readonly CanaryAttack Attack = new(2000, 800, 1000, 0.05, Layers: 2, Width: 64);

    public static int Run(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("usage: ./run bench canary");
            return 2;
        }

        Blas.Loaded.RefuseReference();
        torch.set_num_threads(Math.Min(2, Environment.ProcessorCount));
        Console.WriteLine(
            $"{Attack.Canaries} random canaries, half of them among {Attack.Background} sentences of a made language, once each; GPT-2 type,"
        );
        Console.WriteLine(
            $"{Attack.Layers} layers of width {Attack.Width}, all weights; {Attack.Steps} steps at q = {Attack.SampleRate}; δ = 1e-5. Attack: how far the loss fell."
        );
        Console.WriteLine(
            $"{"", -10}{"σ", 7}{"ε RDP", 8}{"ε PLD", 8}{"AUC", 8}{"95 %", 16}{"TPR at FPR 1 %", 24}{"at 5 %", 24}{"ε shown", 9}{"loss", 15}{"s", 6}"
        );
        Print("plain", null, 0.003);
        Print("ε ≤ 8", 8, 0.003);
        Print("ε ≤ 2", 2, 0.003);
        return 0;
    }

    private static void Print(string name, double? epsilon, double learningRate)
    {
        var watch = Stopwatch.StartNew();
        var outcome = Attack.Run(epsilon, learningRate, seed: 1);
        var (low, high) = outcome.AucInterval;
        string Epsilon(Accountant accountant) =>
            epsilon is null ? "none" : Text(accountant.Epsilon(outcome.History, CanaryAttack.Delta), "0.00");
        Console.WriteLine(
            $"{name, -10}{Text(outcome.Noise, "0.000"), 7}{Epsilon(Accountant.Rdp), 8}{Epsilon(Accountant.Pld), 8}{Text(outcome.Auc, "0.000"), 8}"
                + $"{$"{Text(low, "0.000")} to {Text(high, "0.000")}", 16}{Found(outcome, 0.01), 24}{Found(outcome, 0.05), 24}"
                + $"{Text(outcome.EpsilonShown(CanaryAttack.Delta), "0.00"), 9}{$"{Text(outcome.LossBefore, "0.00")} to {Text(outcome.LossAfter, "0.00")}", 15}"
                + $"{Text(watch.Elapsed.TotalSeconds, "0"), 6}"
        );
    }

    private static string Found(CanaryOutcome outcome, double falsePositives)
    {
        var (rate, low, high) = outcome.TruePositives(falsePositives);
        return $"{Text(rate, "0.000")} ({Text(low, "0.000")} to {Text(high, "0.000")})";
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
