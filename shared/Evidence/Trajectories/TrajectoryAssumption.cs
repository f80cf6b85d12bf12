namespace Lace.Evidence.Trajectories;

/// <summary>What a verdict on losses takes for granted because no loss statistic can see it.</summary>
/// <param name="Id">Stable identifier.</param>
/// <param name="Statement">What is assumed.</param>
/// <param name="Remedy">What would establish it.</param>
public sealed record TrajectoryAssumption(string Id, string Statement, string Remedy)
{
    public static TrajectoryAssumption OrderFixedFirst { get; } =
        new(
            "order_fixed_first",
            "the order of the batches was fixed before training",
            "a sampler seeded with the server's nonce; an order committed per epoch can still be rehearsed"
        );

    public static TrajectoryAssumption EveryStepLogged { get; } =
        new("every_step_logged", "every optimizer step is logged", "training inside a measured environment");

    public static TrajectoryAssumption WeightsUpdated { get; } =
        new("weights_updated", "each logged step updated the weights", "replay of sampled steps from checkpoints");

    public static TrajectoryAssumption LossesComputed { get; } =
        new(
            "losses_computed",
            "the losses were computed by a model, not made up by somebody who holds the data, the order and this predictor",
            "a measured environment, or replay of sampled steps from checkpoints"
        );

    /// <summary>All of them, in the order in which they are printed.</summary>
    public static IReadOnlyList<TrajectoryAssumption> All { get; } =
    [OrderFixedFirst, EveryStepLogged, WeightsUpdated, LossesComputed];
}
