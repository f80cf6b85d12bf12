using System.Text;
using Lace.Platform.Embedded;
using Lace.SystemTests.Platform.Children;

namespace Lace.SystemTests.Platform.Embedded;

public sealed class RivalTests
{
    [Fact]
    public async Task Processes_on_one_folder_lose_no_change_and_share_no_message()
    {
        const int Processes = 3;
        using var folder = new TemporaryFolder();
        var rivals = Enumerable.Range(0, Processes).Select(_ => Child.Start(nameof(Rival), folder["data"])).ToList();
        var lines = (await Task.WhenAll(rivals.Select(rival => rival.SuccessAsync())))
            .SelectMany(line => line)
            .ToList();
        rivals.ForEach(rival => rival.Dispose());

        using var platform = EmbeddedPlatform.Open(folder["data"], TimeProvider.System);
        var item = await platform.Items.GetAsync(Rival.Item);
        Assert.Equal($"{Processes * Rival.Increments}", item!.Document);
        var blob = await platform.Blobs.GetAsync(Rival.Blob);
        Assert.Equal($"{Processes * Rival.Increments}", Encoding.ASCII.GetString(blob!.Content.Span));

        var messages = lines.Where(line => line.StartsWith("message ", StringComparison.Ordinal)).ToList();
        Assert.Equal(Processes * Rival.Messages, messages.Count);
        Assert.Equal(messages.Count, messages.Distinct().Count());

        var wrapped = lines.Where(line => line.StartsWith("key ", StringComparison.Ordinal)).ToList();
        Assert.Equal(Processes * 5, wrapped.Count);
        foreach (var key in wrapped)
        {
            var bytes = Convert.FromHexString(key["key ".Length..]);
            Assert.NotNull(await platform.Keys.UnwrapDataKeyAsync(Rival.Tenant, "c", bytes));
        }
    }
}
