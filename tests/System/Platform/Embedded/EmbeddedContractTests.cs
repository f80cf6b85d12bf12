using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.SystemTests.Platform.Contracts;

namespace Lace.SystemTests.Platform.Embedded;

/// <summary>One platform a test, in a folder of its own.</summary>
internal sealed class EmbeddedFixture : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public EmbeddedFixture() => Platform = Open();

    public EmbeddedPlatform Platform { get; private set; }

    public ManualClock Clock { get; } = new();

    public EmbeddedPlatform Reopen()
    {
        Platform.Dispose();
        return Platform = Open();
    }

    public void Dispose()
    {
        Platform.Dispose();
        folder.Dispose();
    }

    private EmbeddedPlatform Open()
    {
        var programs = new Dictionary<string, IReadOnlyList<string>> { ["shell"] = ["/bin/sh", "-c"] };
        return EmbeddedPlatform.Open(folder["data"], Clock, programs);
    }
}

public sealed class EmbeddedItemStoreTests : ItemStoreContract, IDisposable
{
    private readonly EmbeddedFixture fixture = new();

    protected override IItemStore Store => fixture.Platform.Items;

    public void Dispose() => fixture.Dispose();
}

public sealed class EmbeddedBlobStoreTests : BlobStoreContract, IDisposable
{
    private readonly EmbeddedFixture fixture = new();

    protected override IBlobStore Store => fixture.Platform.Blobs;

    public void Dispose() => fixture.Dispose();
}

public sealed class EmbeddedKeyServiceTests : KeyServiceContract, IDisposable
{
    private readonly EmbeddedFixture fixture = new();

    protected override IKeyService Keys => fixture.Platform.Keys;

    protected override IKeyService Restart() => fixture.Reopen().Keys;

    public void Dispose() => fixture.Dispose();
}

public sealed class EmbeddedQueueTests : QueueContract, IDisposable
{
    private readonly EmbeddedFixture fixture = new();

    protected override IQueue Queue => fixture.Platform.Queue("losses");

    protected override Task PassAsync(TimeSpan time)
    {
        fixture.Clock.Pass(time);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_receipt_of_an_earlier_delivery_completes_nothing()
    {
        await Queue.SendAsync("a"u8.ToArray());
        var first = Assert.Single(await Queue.ReceiveAsync(1, TimeSpan.FromSeconds(1)));
        await PassAsync(TimeSpan.FromSeconds(2));
        var second = Assert.Single(await Queue.ReceiveAsync(1, TimeSpan.FromSeconds(1)));
        Assert.NotEqual(first.Receipt, second.Receipt);
        await Queue.CompleteAsync([first.Receipt]);
        await PassAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(3, Assert.Single(await Queue.ReceiveAsync(1, TimeSpan.FromSeconds(1))).ReceiveCount);
    }

    public void Dispose() => fixture.Dispose();
}

public sealed class EmbeddedJobsTests : RunningJobsContract, IDisposable
{
    private readonly EmbeddedFixture fixture = new();

    protected override IJobs Jobs => fixture.Platform.Jobs;

    public void Dispose() => fixture.Dispose();
}
