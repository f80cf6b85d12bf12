namespace Lace.Functions.Train.Limits;

/// <summary>Metadata of routes on which each tenant is held to the requests of its plan.</summary>
internal sealed class LimitedByPlan
{
    private LimitedByPlan() { }

    public static LimitedByPlan Metadata { get; } = new();
}
