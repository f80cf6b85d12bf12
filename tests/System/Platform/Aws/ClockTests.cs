using Amazon;
using Lace.Moto;
using Lace.Platform;
using Lace.SystemTests.Platform.Contracts;

namespace Lace.SystemTests.Platform.Aws;

/// <summary>Alone, because the correction of the clock is one for the process.</summary>
[CollectionDefinition(nameof(ClockTests), DisableParallelization = true)]
public sealed class ClockCollection;

[Collection(nameof(ClockTests))]
public sealed class ClockTests(MotoFixture moto) : IAsyncLifetime
{
    private readonly TenantId tenant = Tenants.New();
    private AwsWorld? world;

    public async ValueTask InitializeAsync() => world = await AwsWorld.CreateAsync(moto);

    public async ValueTask DisposeAsync()
    {
        AWSConfigs.ManualClockCorrection = null;
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public async Task A_clock_that_is_hours_wrong_is_corrected(int hours)
    {
        world!.Front.Faults.ClockSkew = TimeSpan.FromHours(hours);
        var key = new ItemKey(tenant, "p", "s");
        Assert.True(await world.Platform.Items.WriteAsync(ItemWrite.Create(key, "1")));
        Assert.True(await world.Platform.Blobs.PutIfAbsentAsync(new BlobKey(tenant, "a"), "1"u8.ToArray()));
        Assert.Equal(1, (await world.Platform.Items.GetAsync(key))!.Version);
        Assert.InRange(AWSConfigs.ManualClockCorrection!.Value.TotalHours, hours - 0.1, hours + 0.1);
    }

    [Fact]
    public async Task Expired_credentials_end_in_an_error_at_once_and_nothing_is_written()
    {
        var key = new ItemKey(tenant, "p", "s");
        world!.Front.Faults.Set(_ => AwsFault.Expired);
        await Assert.ThrowsAsync<StorageException>(() => world.Platform.Items.WriteAsync(ItemWrite.Create(key, "1")));
        await Assert.ThrowsAsync<StorageException>(() =>
            world.Platform.Blobs.PutIfAbsentAsync(new BlobKey(tenant, "a"), "1"u8.ToArray())
        );
        await Assert.ThrowsAsync<StorageException>(() => world.Platform.Queue("losses").SendAsync("1"u8.ToArray()));
        Assert.Equal(3, world.Front.Faults.Count(AwsFault.Expired));
        world.Front.Faults.Set(_ => AwsFault.None);
        Assert.Null(await world.Platform.Items.GetAsync(key));
    }
}
