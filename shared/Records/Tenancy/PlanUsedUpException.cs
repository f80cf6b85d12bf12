namespace Lace.Records.Tenancy;

/// <summary>The tenant's plan has no room for what an operation made: nothing of it was kept.</summary>
internal sealed class PlanUsedUpException(Charge charge)
    : Exception($"{charge.Quota} of the plan {charge.Plan}: {charge.Used} of {charge.Limit} are used.")
{
    public Charge Charge => charge;
}
