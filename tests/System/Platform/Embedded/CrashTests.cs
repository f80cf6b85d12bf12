using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.SystemTests.Platform.Children;

namespace Lace.SystemTests.Platform.Embedded;

/// <summary>
/// SIGKILL while everything is written. It shows that what was acknowledged is there for the next process; that it is on the
/// disk before the power fails is shown by nothing but the flushes in the code.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private const int Rounds = 24;

    /// <summary>Milliseconds, in the first rounds; in further ones twice as much, and so on.</summary>
    private const int LongestLife = 150;

    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, HashSet<int>> acknowledged = [];
    private readonly List<string[]> keys = [];
    private readonly Dictionary<string, int> writes = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Every_acknowledged_write_survives_a_kill_and_none_is_half_there()
    {
        var random = new Random(20261120);
        // On a busy machine a child gets less done before it is killed: then there are more of them, and they live longer.
        for (var round = 0; round < Rounds || (round < 5 * Rounds && !EveryKindWasWritten()); round++)
        {
            Read(await RunAndKill(round, random));
            using var platform = EmbeddedPlatform.Open(folder["data"], TimeProvider.System);
            await CheckItems(platform.Items, round);
            await CheckTransactions(platform.Items, round);
            await CheckBlobs(platform.Blobs, round);
            await CheckQueues(platform);
            await CheckKeys(platform.Keys);
            Assert.Single(Directory.GetDirectories(Path.Combine(folder["data"], "blobs", ".staging")));
        }

        // Else nothing was tested.
        Assert.All(CrashWriter.Kinds, kind => Assert.InRange(writes.GetValueOrDefault(kind), Rounds / 2, int.MaxValue));
    }

    private bool EveryKindWasWritten() => CrashWriter.Kinds.All(kind => writes.GetValueOrDefault(kind) >= Rounds / 2);

    private async Task<IReadOnlyList<string>> RunAndKill(int round, Random random)
    {
        using var child = Child.Start(nameof(CrashWriter), folder["data"], $"{round}");
        // Most kills hit the writing, some the opening.
        if (round % 6 != 5)
        {
            await child.FirstLine;
        }

        await Task.Delay(random.Next(LongestLife << (round / Rounds)));
        child.Kill();
        return await child.EndAsync();
    }

    private void Read(IReadOnlyList<string> lines)
    {
        keys.Clear();
        acknowledged.Clear();
        foreach (var words in lines.Select(line => line.Split(' ')))
        {
            writes[words[0]] = writes.GetValueOrDefault(words[0]) + 1;
            if (words[0] == "key")
            {
                keys.Add(words);
                continue;
            }

            Assert.Equal(2, words.Length);
            Acknowledged(words[0]).Add(int.Parse(words[1]));
        }
    }

    private HashSet<int> Acknowledged(string word) =>
        acknowledged.TryGetValue(word, out var numbers) ? numbers : acknowledged[word] = [];

    private async Task CheckItems(IItemStore items, int round)
    {
        var found = new HashSet<int>();
        foreach (var item in await All(items, CrashWriter.Partition("ITEM", round)))
        {
            var number = Payload.Check(Convert.FromBase64String(item.Document));
            Assert.Equal($"{number}", item.Key.Sort);
            found.Add(number);
        }

        Assert.Superset(Acknowledged("item"), found);
    }

    private async Task CheckTransactions(IItemStore items, int round)
    {
        var transactions = (await All(items, CrashWriter.Partition("TX", round)))
            .GroupBy(item => Payload.Check(Convert.FromBase64String(item.Document)))
            .ToDictionary(group => group.Key, group => group.Count());
        Assert.All(transactions.Values, count => Assert.Equal(CrashWriter.TransactionItems, count));
        Assert.Superset(Acknowledged("transaction"), transactions.Keys.ToHashSet());
        if (transactions.Count > 0)
        {
            var counter = await items.GetAsync(CrashWriter.Counter);
            Assert.Equal(transactions.Keys.Max(), int.Parse(counter!.Document));
        }
    }

    private async Task CheckBlobs(IBlobStore blobs, int round)
    {
        var found = new HashSet<int>();
        await foreach (var path in blobs.ListAsync(CrashWriter.Tenant, $"puts/{round}/"))
        {
            var number = await Whole(blobs, new BlobKey(CrashWriter.Tenant, path));
            Assert.EndsWith($"/{number}", path, StringComparison.Ordinal);
            found.Add(number);
        }

        Assert.Superset(Acknowledged("blob"), found);
        if (Acknowledged("head").Count > 0)
        {
            Assert.True(await Whole(blobs, CrashWriter.Head) >= Acknowledged("head").Max());
        }
    }

    private async Task CheckQueues(EmbeddedPlatform platform)
    {
        Assert.Superset(Acknowledged("sent"), await Drain(platform.Queue("sent")));
        var left = await Drain(platform.Queue("completed"));
        Assert.Empty(left.Intersect(Acknowledged("completed")));
    }

    private async Task CheckKeys(IKeyService service)
    {
        foreach (var words in keys)
        {
            using var key = await service.UnwrapDataKeyAsync(
                CrashWriter.Tenant,
                words[3],
                Convert.FromHexString(words[1])
            );
            Assert.Equal(words[2], Convert.ToHexString(key!.Plaintext));
        }
    }

    private static async Task<int> Whole(IBlobStore blobs, BlobKey key) =>
        Payload.Check((await blobs.GetAsync(key))!.Content.Span);

    private static async Task<HashSet<int>> Drain(IQueue queue)
    {
        var found = new HashSet<int>();
        while (await queue.ReceiveAsync(100, TimeSpan.FromHours(1)) is { Count: > 0 } messages)
        {
            foreach (var message in messages)
            {
                Assert.True(found.Add(Payload.Check(message.Body.Span)), "A message was stored twice.");
            }

            await queue.CompleteAsync([.. messages.Select(message => message.Receipt)]);
        }

        return found;
    }

    private static async Task<List<Item>> All(IItemStore items, string partition)
    {
        var all = new List<Item>();
        for (var query = new ItemQuery(CrashWriter.Tenant, partition, Limit: 1000); ; )
        {
            var page = await items.QueryAsync(query);
            all.AddRange(page.Items);
            if (page.Next is null)
            {
                return all;
            }

            query = query with { After = page.Next };
        }
    }
}
