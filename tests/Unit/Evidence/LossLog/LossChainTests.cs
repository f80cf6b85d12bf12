using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.LossLog;

public sealed class LossChainTests
{
    private static readonly ChainHead Origin = new(0, Hash("origin"), 0, Finished: false);

    [Fact]
    public void Takes_segments_in_order()
    {
        var chain = Chain();
        Assert.All(Links(5), link => Assert.Equal(ChainOutcome.Accepted, chain.Offer(link, out _)));
        Assert.Equal(new ChainHead(5, Links(5)[4].Digest, 50, false), chain.Head);
    }

    [Fact]
    public void An_early_segment_waits_and_is_taken_after_the_ones_before_it()
    {
        var (chain, links) = (Chain(), Links(3));
        Assert.Equal(ChainOutcome.Waiting, chain.Offer(links[2], out _));
        Assert.Equal(ChainOutcome.Accepted, chain.Offer(links[0], out _));
        Assert.Equal(1, chain.Head.Next);
        Assert.Equal(ChainOutcome.Accepted, chain.Offer(links[1], out _));
        Assert.Equal(3, chain.Head.Next);
        Assert.Empty(chain.Waiting);
    }

    [Fact]
    public void The_same_bytes_again_change_nothing()
    {
        var (chain, links) = (Chain(), Links(4));
        chain.Offer(links[0], out _);
        chain.Offer(links[3], out _);
        Assert.Equal(ChainOutcome.Repeat, chain.Offer(links[0], out _));
        Assert.Equal(ChainOutcome.Repeat, chain.Offer(links[3], out _));
        Assert.Equal(10, chain.Head.Points);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Another_body_for_an_accepted_or_waiting_number_is_a_conflict(int seq)
    {
        var (chain, links) = (Chain(), Links(4));
        chain.Offer(links[0], out _);
        chain.Offer(links[3], out _);
        AssertRefused(chain, links[seq] with { Digest = Hash("other") }, Refusal.Conflict);
    }

    [Fact]
    public void A_wrong_prev_is_refused_and_leaves_the_number_free()
    {
        var (chain, links) = (Chain(), Links(2));
        AssertRefused(chain, links[0] with { Prev = Hash("elsewhere") }, Refusal.BadPrev);
        Assert.Equal(ChainOutcome.Accepted, chain.Offer(links[0], out _));
    }

    [Fact]
    public void A_waiting_segment_with_a_wrong_prev_is_evicted_when_its_turn_comes()
    {
        var (chain, links) = (Chain(), Links(3));
        var wrong = links[1] with { Prev = Hash("elsewhere"), Digest = Hash("wrong") };
        Assert.Equal(ChainOutcome.Waiting, chain.Offer(wrong, out _));
        Assert.Equal(ChainOutcome.Accepted, chain.Offer(links[0], out _));
        Assert.Equal((wrong, Refusal.BadPrev), Assert.Single(chain.Evicted));
        Assert.Equal(ChainOutcome.Accepted, chain.Offer(links[1], out _));
        Assert.Equal(2, chain.Head.Next);
    }

    [Fact]
    public void Nothing_comes_after_finish()
    {
        var (chain, links) = (Chain(), Links(4));
        chain.Offer(links[3], out _);
        chain.Offer(links[0], out _);
        chain.Offer(links[1] with { Finishes = true }, out _);
        Assert.True(chain.Head.Finished);
        Assert.Equal((links[3], Refusal.Finished), Assert.Single(chain.Evicted));
        AssertRefused(chain, links[2], Refusal.Finished);
        Assert.Equal(ChainOutcome.Repeat, chain.Offer(links[0], out _));
    }

    [Fact]
    public void A_segment_more_than_1024_ahead_is_too_far()
    {
        var (chain, links) = (Chain(), Links(1026));
        Assert.Equal(ChainOutcome.Waiting, chain.Offer(links[1024], out _));
        AssertRefused(chain, links[1025], Refusal.TooFar);
    }

    /// <summary>Random loads of reordered, repeated, dropped and forged segments, stopped and stored between any two of them.</summary>
    [Fact]
    public void Whatever_the_delivery_the_chain_is_the_longest_prefix_that_came()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var links = Links(random.Next(1, 60));
            var delivered = links.Where(_ => random.Next(10) > 0).ToList();
            var came = delivered.Select(link => link.Seq).ToHashSet();
            delivered.AddRange(delivered.Where(_ => random.Next(4) == 0).ToArray());
            var offers = delivered.ToArray();
            random.Shuffle(offers);

            var taken = new Dictionary<long, MerkleHash>();
            var chain = new LossChain(Origin, [], seq => taken[seq]);
            foreach (var offer in offers)
            {
                if (random.Next(3) == 0)
                {
                    chain.Offer(offer with { Prev = Hash("forged"), Digest = Hash("x" + random.Next()) }, out _);
                }

                Store(chain, offer, taken);
                chain = new LossChain(chain.Head, chain.Waiting, seq => taken[seq]);
            }

            // A forged segment that waited takes the place of the true one until its turn: at-least-once delivery brings that again.
            foreach (var offer in links.Where(link => came.Contains(link.Seq)))
            {
                Store(chain, offer, taken);
            }

            var expected = Enumerable.Range(0, links.Length).TakeWhile(seq => came.Contains(seq)).Count();
            Assert.Equal(expected, chain.Head.Next);
            Assert.Equal(10 * expected, chain.Head.Points);
            Assert.Equal(expected == 0 ? Origin.Digest : links[expected - 1].Digest, chain.Head.Digest);
        }
    }

    private static void Store(LossChain chain, ChainLink offer, Dictionary<long, MerkleHash> taken)
    {
        if (chain.Offer(offer, out _) != ChainOutcome.Refused)
        {
            taken[offer.Seq] = offer.Digest;
        }
    }

    private static void AssertRefused(LossChain chain, ChainLink link, Refusal reason)
    {
        var before = chain.Head;
        Assert.Equal(ChainOutcome.Refused, chain.Offer(link, out var refusal));
        Assert.Equal(reason, refusal);
        Assert.Equal(before, chain.Head);
    }

    private static LossChain Chain() => new(Origin, [], seq => Links(1026)[seq].Digest);

    private static ChainLink[] Links(int count)
    {
        var links = new ChainLink[count];
        var prev = Origin.Digest;
        for (var seq = 0; seq < count; seq++)
        {
            links[seq] = new ChainLink(seq, Hash("segment " + seq), prev, 10, Finishes: false);
            prev = links[seq].Digest;
        }

        return links;
    }

    private static MerkleHash Hash(string text) => new(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
}
