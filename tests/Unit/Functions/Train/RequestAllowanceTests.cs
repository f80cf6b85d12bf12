using Lace.Functions.Train.Limits;
using Lace.Platform;

namespace Lace.Tests.Functions.Train;

public sealed class RequestAllowanceTests
{
    private static readonly TenantId One = new("one");
    private static readonly TenantId Other = new("other");

    private readonly ManualClock clock = new();

    [Fact]
    public void A_tenant_has_its_burst_and_then_the_rate_of_its_plan()
    {
        var allowance = new RequestAllowance(new ServicePlan("test", 60, 10, 1, 1), clock);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(allowance.Take(One).IsAllowed);
        }

        var refused = allowance.Take(One);
        Assert.False(refused.IsAllowed);
        Assert.Equal(
            (60, 0, 10, 1),
            (refused.Limit, refused.Remaining, refused.ResetSeconds, refused.RetryAfterSeconds)
        );
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(allowance.Take(One).IsAllowed);
        Assert.False(allowance.Take(One).IsAllowed);
    }

    [Fact]
    public void One_tenant_takes_nothing_from_another()
    {
        var allowance = new RequestAllowance(new ServicePlan("test", 60, 1, 1, 1), clock);
        Assert.True(allowance.Take(One).IsAllowed);
        Assert.False(allowance.Take(One).IsAllowed);
        Assert.True(allowance.Take(Other).IsAllowed);
    }

    [Fact]
    public void A_long_rest_saves_up_no_more_than_the_burst()
    {
        var allowance = new RequestAllowance(new ServicePlan("test", 60, 2, 1, 1), clock);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, allowance.Take(One).Remaining);
    }
}
