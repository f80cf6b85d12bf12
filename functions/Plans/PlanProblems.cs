using Lace.Functions.Problems;
using Lace.Records.Tenancy;

namespace Lace.Functions.Plans;

/// <summary>Refusals of what a tenant's plan has no more of. 402: waiting alone does not help before the period ends, if it does at all.</summary>
internal static class PlanProblems
{
    public static Problem NoMoreAttestations(Charge charge, DateTimeOffset now) =>
        new(
            StatusCodes.Status402PaymentRequired,
            "quota_exceeded",
            $"The plan {charge.Plan} has {charge.Limit} attestations a month, and they are used. The next month begins at {charge.PeriodEndsAt:u}; the operator can set another plan."
        )
        {
            RetryAfterSeconds = (int)Math.Ceiling((charge.PeriodEndsAt!.Value - now).TotalSeconds),
            Quota = ProblemQuota.Of(charge),
        };

    public static Problem NoRoomForArtifacts(Charge charge) =>
        new(
            StatusCodes.Status402PaymentRequired,
            "quota_exceeded",
            $"The plan {charge.Plan} has room for {charge.Limit / 1e9:N0} GB of artifacts, and {charge.Used / 1e9:N3} GB are used. The operator can set another plan."
        )
        {
            Quota = ProblemQuota.Of(charge),
        };
}
