using System.Text.Json;
using Lace.Records.Tenancy;

namespace Lace.Functions.Plans;

/// <summary>With <c>quota_exceeded</c>: what is used up.</summary>
/// <param name="Name"><c>attestations</c> (of a month), <c>training_clients</c> or <c>artifact_bytes</c>.</param>
/// <param name="PeriodEndsAt">When counting begins anew; absent for what is counted as long as it is there.</param>
internal sealed record ProblemQuota(string Name, string Plan, long Limit, long Used, DateTimeOffset? PeriodEndsAt)
{
    public static ProblemQuota Of(Charge charge) =>
        new(NameOf(charge.Quota), charge.Plan, charge.Limit ?? 0, charge.Used, charge.PeriodEndsAt);

    public static string NameOf(Quota quota) => JsonNamingPolicy.SnakeCaseLower.ConvertName(quota.ToString());
}
