using Lace.Benchmarks;
using Lace.Privacy;

namespace Lace.SystemTests.Training;

/// <summary>The attack of <c>./run bench canary</c> in small: it has to succeed without privacy, else that it fails with it says nothing.</summary>
[Collection(nameof(Torch))]
public sealed class CanaryTests
{
    private static readonly CanaryAttack Attack = new(150, 200, 250, 0.2, Layers: 1, Width: 48);

    [Fact]
    public void Canaries_are_found_without_privacy_and_not_with_it()
    {
        var plain = Attack.Run(epsilon: null, learningRate: 0.005, seed: 1);
        var hidden = Attack.Run(epsilon: 2, learningRate: 0.005, seed: 1);
        Report("plain", plain);
        Report("private", hidden);
        Assert.True(plain.Auc > 0.9, $"AUC {plain.Auc}: the attack is too weak to tell anything");
        Assert.True(plain.EpsilonShown(CanaryAttack.Delta) > 2, "without privacy more than ε = 2 is shown");

        // An (ε, δ) guarantee bounds the AUC too (its trade-off curve); here it is far below, near guessing.
        Assert.InRange(hidden.Auc, 0.35, 0.65);
        Assert.True(hidden.EpsilonShown(CanaryAttack.Delta) <= 2);
        Assert.True(hidden.TruePositives(0.05).Low < 0.1);
        Assert.InRange(Accountant.Pld.Epsilon(hidden.History, CanaryAttack.Delta), 1.9, 2);
        Assert.True(
            hidden.LossAfter < hidden.LossBefore - 0.2,
            "it learned nothing at all: then nothing could be found"
        );
    }

    private static void Report(string name, CanaryOutcome outcome) =>
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{name}: AUC {outcome.Auc:0.000} {outcome.AucInterval}, TPR at 5 % {outcome.TruePositives(0.05)}, ε shown {outcome.EpsilonShown(CanaryAttack.Delta):0.00}, loss {outcome.LossBefore:0.00} to {outcome.LossAfter:0.00}"
        );
}
