namespace Lace.Functions.Train.Limits;

/// <summary>What one tenant may have and ask for on the training routes (docs/private-training.md).</summary>
/// <param name="RequestsPerMinute">In the long run.</param>
/// <param name="Burst">At once.</param>
/// <param name="Clients">Training clients that are not terminated.</param>
/// <param name="Pending">Operations accepted and not ended, of all training clients together.</param>
internal sealed record ServicePlan(string Name, int RequestsPerMinute, int Burst, int Clients, int Pending)
{
    public const string Default = "local";

    public static readonly IReadOnlyList<ServicePlan> All =
    [
        new("pilot", 300, 100, 2, 20),
        new("starter", 600, 200, 10, 100),
        new("growth", 3_000, 600, 50, 1_000),
        new("enterprise", 30_000, 6_000, 500, 10_000),
        // One machine of one's own: only a loop gone wild is to be stopped.
        new(Default, 60_000, 6_000, 10, 100),
    ];

    /// <summary>Null where there is none of that name.</summary>
    public static ServicePlan? Find(string name) => All.FirstOrDefault(plan => plan.Name == name);
}
