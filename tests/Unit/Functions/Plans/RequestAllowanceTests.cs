using Lace.Functions.Plans;
using Lace.Platform;
using Lace.Records.Tenancy;

namespace Lace.Tests.Functions.Plans;

public sealed class RequestAllowanceTests
{
    private static readonly TenantId One = new("one");
    private static readonly TenantId Other = new("other");

    private readonly ManualClock clock = new();

    [Fact]
    public void A_tenant_has_its_burst_and_then_the_rate_of_its_plan()
    {
        var allowance = new RequestAllowance(clock);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(allowance.Take(One, Plan(burst: 10)).IsAllowed);
        }

        var refused = allowance.Take(One, Plan(burst: 10));
        Assert.False(refused.IsAllowed);
        Assert.Equal(
            (60, 0, 10, 1),
            (refused.Limit, refused.Remaining, refused.ResetSeconds, refused.RetryAfterSeconds)
        );
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(allowance.Take(One, Plan(burst: 10)).IsAllowed);
        Assert.False(allowance.Take(One, Plan(burst: 10)).IsAllowed);
    }

    [Fact]
    public void One_tenant_takes_nothing_from_another()
    {
        var allowance = new RequestAllowance(clock);
        Assert.True(allowance.Take(One, Plan(burst: 1)).IsAllowed);
        Assert.False(allowance.Take(One, Plan(burst: 1)).IsAllowed);
        Assert.True(allowance.Take(Other, Plan(burst: 1)).IsAllowed);
    }

    [Fact]
    public void A_long_rest_saves_up_no_more_than_the_burst()
    {
        var allowance = new RequestAllowance(clock);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, allowance.Take(One, Plan(burst: 2)).Remaining);
    }

    private static ServicePlan Plan(int burst) => new("test", 60, burst, 1, 1, null, null);
}
