using Lace.Moto;
using Lace.Platform;
using Lace.SystemTests.Platform.Aws;
using Lace.SystemTests.Platform.Contracts;

[assembly: AssemblyFixture(typeof(MotoFixture))]

namespace Lace.SystemTests.Platform.Aws;

public class AwsItemStoreTests(MotoFixture moto) : ItemStoreContract, IAsyncLifetime
{
    private AwsWorld? world;

    protected override IItemStore Store => world!.Platform.Items;

    public async ValueTask InitializeAsync()
    {
        world = await AwsWorld.CreateAsync(moto);
        Arrange(world.Front.Faults);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }

    private protected virtual void Arrange(AwsFaults faults) { }
}

public class AwsBlobStoreTests(MotoFixture moto) : BlobStoreContract, IAsyncLifetime
{
    private AwsWorld? world;

    protected override IBlobStore Store => world!.Platform.Blobs;

    public async ValueTask InitializeAsync()
    {
        world = await AwsWorld.CreateAsync(moto);
        Arrange(world.Front.Faults);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }

    private protected virtual void Arrange(AwsFaults faults) { }
}

/// <summary>KMS of moto for data keys and P-256; Ed25519 and ML-DSA, which moto lacks, by <see cref="KmsStandIn"/>.</summary>
public class AwsKeyServiceTests(MotoFixture moto) : KeyServiceContract, IAsyncLifetime
{
    private AwsWorld? world;

    protected override IKeyService Keys => world!.Platform.Keys;

    protected override IKeyService Restart() => world!.Reopen().Keys;

    public async ValueTask InitializeAsync()
    {
        world = await AwsWorld.CreateAsync(moto);
        Arrange(world.Front.Faults);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }

    private protected virtual void Arrange(AwsFaults faults) { }
}

public class AwsQueueTests(MotoFixture moto) : QueueContract, IAsyncLifetime
{
    private AwsWorld? world;

    protected override IQueue Queue => world!.Platform.Queue("losses");

    protected override TimeSpan Visibility => TimeSpan.FromSeconds(3);

    protected override Task PassAsync(TimeSpan time) => Task.Delay(time);

    public async ValueTask InitializeAsync()
    {
        world = await AwsWorld.CreateAsync(moto);
        Arrange(world.Front.Faults);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }

    private protected virtual void Arrange(AwsFaults faults) { }
}

/// <summary>Moto runs no job, it ends each at once; one that sleeps is shown as running until it is ended.</summary>
public class AwsJobsTests(MotoFixture moto) : JobsContract, IAsyncLifetime
{
    private readonly SleepingJobs sleeping = new();
    private AwsWorld? world;

    protected override IJobs Jobs => world!.Platform.Jobs;

    public async ValueTask InitializeAsync()
    {
        world = await AwsWorld.CreateAsync(moto);
        world.Front.Rewrite = sleeping.Rewrite;
        Arrange(world.Front.Faults);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }

    private protected virtual void Arrange(AwsFaults faults) { }
}
