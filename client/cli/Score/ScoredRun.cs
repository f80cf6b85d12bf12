using Lace.Evidence.Trajectories;

namespace Lace.Cli.Score;

/// <summary>One run file with everything that is printed about it.</summary>
/// <param name="OrderAssumed">The caller did not say how the order was bound, so the verdict assumes that it was.</param>
/// <param name="Breaks">For a file labelled as a known limit of the method: the assumption that it breaks.</param>
internal sealed record ScoredRun(
    RunFile Run,
    TrajectoryScore Score,
    UndeclaredSteps Undeclared,
    TrajectoryVerdict Verdict,
    bool OrderAssumed,
    TrajectoryAssumption? Breaks
)
{
    public static ScoredRun Of(RunFile run, string? order)
    {
        var score = TrajectoryTest.Run(run.Points, run.FeaturesOf);
        var undeclared = Localiser.Locate(score);
        var bound = order is null or "nonce" or "epoch";
        return new(
            run,
            score,
            undeclared,
            TrajectoryVerdict.Of(score, undeclared, bound),
            order is null,
            BrokenBy(run)
        );
    }

    /// <summary>
    /// What the file itself says about how it was made. The losses cannot show it, and it does not change the verdict: it tells the
    /// reader which assumption the verdict leans on.
    /// </summary>
    private static TrajectoryAssumption? BrokenBy(RunFile run) =>
        run.Label != "limit"
            ? null
            : run.Kind switch
            {
                "limit_hidden_steps_not_logged" => TrajectoryAssumption.EveryStepLogged,
                "limit_zero_learning_rate" => TrajectoryAssumption.WeightsUpdated,
                "limit_fabricated_with_predictor" => TrajectoryAssumption.LossesComputed,
                "limit_order_chosen_afterwards" => TrajectoryAssumption.OrderFixedFirst,
                _ => null,
            };
}
