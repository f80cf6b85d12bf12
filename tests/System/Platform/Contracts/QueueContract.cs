using System.Text;
using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

/// <summary>What every <see cref="IQueue"/> does. Waits are a few seconds at most, for adapters whose clock is the world's.</summary>
public abstract class QueueContract
{
    private TimeSpan Longer => Visibility + TimeSpan.FromSeconds(0.1);

    /// <summary>Longer than the calls of a test between two looks at the queue may take.</summary>
    protected virtual TimeSpan Visibility => TimeSpan.FromSeconds(2);

    /// <summary>A queue of this test alone.</summary>
    protected abstract IQueue Queue { get; }

    /// <summary>Lets time pass for the queue.</summary>
    protected abstract Task PassAsync(TimeSpan time);

    [Fact]
    public async Task Delivers_each_message_whole()
    {
        var bodies = new[] { "one", "", "三\0", new string('x', 256 * 1024) };
        foreach (var body in bodies)
        {
            await Queue.SendAsync(Encoding.UTF8.GetBytes(body));
        }

        var messages = await Receive(10);
        Assert.Equal(bodies.Order(), messages.Select(Text).Order());
        Assert.All(messages, message => Assert.Equal(1, message.ReceiveCount));
        Assert.Equal(bodies.Length, messages.Select(message => message.Id).Distinct().Count());
    }

    [Fact]
    public async Task An_empty_queue_gives_nothing() => Assert.Empty(await Receive(10));

    [Fact]
    public async Task A_received_message_is_hidden_and_comes_again_after_its_time()
    {
        await Send("a");
        Assert.Single(await Receive(10));
        Assert.Empty(await Receive(10));
        await PassAsync(Longer);
        var again = Assert.Single(await Receive(10));
        Assert.Equal(("a", 2), (Text(again), again.ReceiveCount));
    }

    [Fact]
    public async Task A_completed_message_does_not_come_again()
    {
        await Send("a", "b");
        var messages = await Receive(10);
        await Queue.CompleteAsync([
            .. messages.Where(message => Text(message) == "a").Select(message => message.Receipt),
        ]);
        await PassAsync(Longer);
        Assert.Equal("b", Text(Assert.Single(await Receive(10))));
    }

    [Fact]
    public async Task Unknown_receipts_are_ignored_and_repeated_ones_do_no_harm()
    {
        await Send("a", "b");
        var messages = await Receive(10);
        string[] receipts = ["", "x", "1-", "-1", "999999-1", "1-999999999999999999999", "1-1-1"];
        await Queue.CompleteAsync(receipts);
        await Queue.CompleteAsync([]);
        await Queue.CompleteAsync([messages[0].Receipt, messages[0].Receipt]);
        await Queue.CompleteAsync([messages[0].Receipt]);
        await PassAsync(Longer);
        Assert.Equal(Text(messages[1]), Text(Assert.Single(await Receive(10))));
    }

    [Fact]
    public async Task Equal_bodies_are_different_messages()
    {
        await Send("a", "a", "a");
        Assert.Equal(3, (await Receive(10)).Select(message => message.Id).Distinct().Count());
    }

    [Fact]
    public async Task Gives_no_more_than_asked_for_and_the_rest_next_time()
    {
        await Send([.. Enumerable.Range(0, 7).Select(n => $"{n}")]);
        var first = await Receive(3);
        Assert.True(first.Count <= 3);
        var all = first.ToList();
        while (await Receive(3) is { Count: > 0 } more)
        {
            all.AddRange(more);
        }

        Assert.Equal(7, all.Select(Text).Distinct().Count());
        Assert.Equal(7, all.Count);
    }

    [Fact]
    public async Task Concurrent_receivers_share_no_message()
    {
        await Send([.. Enumerable.Range(0, 60).Select(n => $"{n}")]);
        var received = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => ReceiveAll(4))));
        var texts = received.SelectMany(texts => texts).ToList();
        Assert.Equal(60, texts.Count);
        Assert.Equal(60, texts.Distinct().Count());
    }

    [Fact]
    public async Task A_message_that_is_never_completed_ends_in_the_dead_letters()
    {
        await Send("poison", "good");
        for (var n = 1; n <= Queue.MaxReceives; n++)
        {
            var messages = await Receive(10);
            Assert.Contains(messages, message => Text(message) == "poison" && message.ReceiveCount == n);
            Assert.Empty(await Queue.DeadLettersAsync(10));
            await Queue.CompleteAsync([.. messages.Where(m => Text(m) == "good").Select(m => m.Receipt)]);
            await PassAsync(Longer);
        }

        Assert.Empty(await Receive(10));
        Assert.Equal("poison", Text(Assert.Single(await Queue.DeadLettersAsync(10))));
        await PassAsync(Longer);
        Assert.Empty(await Receive(10));
    }

    [Fact]
    public async Task Redriven_messages_come_again_with_a_new_count()
    {
        await Send("a", "b");
        var receipts = await Kill();
        Assert.Equal(2, await Queue.RedriveAsync());
        Assert.Equal(0, await Queue.RedriveAsync());
        Assert.Empty(await Queue.DeadLettersAsync(10));
        var messages = await Receive(10);
        Assert.Equal(["a", "b"], messages.Select(Text).Order());
        Assert.All(messages, message => Assert.Equal(1, message.ReceiveCount));
        Assert.Empty(messages.Select(message => message.Receipt).Intersect(receipts));
        await Queue.CompleteAsync(receipts);
        await PassAsync(Longer);
        Assert.Equal(2, (await Receive(10)).Count);
    }

    [Fact]
    public async Task Dead_letters_are_listed_oldest_first()
    {
        await Send("1");
        await PassAsync(TimeSpan.FromSeconds(1));
        await Send("2");
        await Kill();
        Assert.Equal(["1", "2"], (await Queue.DeadLettersAsync(10)).Select(Text));
        Assert.Equal(["1"], (await Queue.DeadLettersAsync(1)).Select(Text));
    }

    [Fact]
    public async Task The_time_of_sending_stays_the_same()
    {
        await Send("a");
        var first = Assert.Single(await Receive(1));
        await PassAsync(Longer);
        Assert.Equal(first.SentAt, Assert.Single(await Receive(1)).SentAt);
    }

    [Fact]
    public async Task Refuses_what_is_outside_the_contract()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Queue.SendAsync(new byte[256 * 1024 + 1]));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Receive(0));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Queue.ReceiveAsync(1, TimeSpan.Zero));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Queue.ReceiveAsync(1, TimeSpan.FromHours(13)));
        Assert.Empty(await Receive(1));
    }

    private static string Text(QueueMessage message) => Encoding.UTF8.GetString(message.Body.Span);

    private async Task Send(params string[] bodies)
    {
        foreach (var body in bodies)
        {
            await Queue.SendAsync(Encoding.UTF8.GetBytes(body));
        }
    }

    private Task<IReadOnlyList<QueueMessage>> Receive(int max) => Queue.ReceiveAsync(max, Visibility);

    private async Task<List<string>> ReceiveAll(int max)
    {
        var texts = new List<string>();
        while (await Queue.ReceiveAsync(max, TimeSpan.FromMinutes(1)) is { Count: > 0 } messages)
        {
            texts.AddRange(messages.Select(Text));
        }

        return texts;
    }

    /// <summary>Receives all until they are given up on; returns every receipt.</summary>
    private async Task<List<string>> Kill()
    {
        var receipts = new List<string>();
        while (await Receive(10) is { Count: > 0 } messages)
        {
            receipts.AddRange(messages.Select(message => message.Receipt));
            await PassAsync(Longer);
        }

        return receipts;
    }
}
