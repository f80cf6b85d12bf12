using Lace.Moto;
using Lace.Platform;

namespace Lace.SystemTests.Platform.Aws;

/// <summary>Functions may make keys and not destroy them: of rivals' keys those that lost stay.</summary>
public sealed class RivalKeyTests(MotoFixture moto)
{
    private static readonly TenantId Tenant = new("tenant-a");

    [Fact]
    public async Task Callers_that_first_need_a_key_at_once_get_one_though_none_may_delete_the_others()
    {
        await using var world = await AwsWorld.CreateAsync(moto);
        world.Front.Faults.Set(request =>
            request.Operation == "ScheduleKeyDeletion" ? AwsFault.Denied : AwsFault.None
        );
        var keys = world.Platform.Keys;
        var token = TestContext.Current.CancellationToken;

        var made = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => keys.GenerateDataKeyAsync(Tenant, "test", token))
        );
        var signing = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ => keys.GetSigningKeyAsync(Tenant, "test", SigningAlgorithm.EcdsaP256, token))
        );

        foreach (var key in made)
        {
            using (key)
            {
                using var opened = await keys.UnwrapDataKeyAsync(Tenant, "test", key.Wrapped, token);
                Assert.NotNull(opened);
            }
        }

        Assert.Single(signing.Select(key => key.KeyId).Distinct());
        Assert.True(world.Front.Faults.Count(AwsFault.Denied) > 0, "No rival lost: nothing was tried.");
    }
}
