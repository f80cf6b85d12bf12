using Lace.Evidence.LossLog;
using Lace.Platform;
using Lace.Records.LossIngest;

namespace Lace.Functions.LossIngest;

/// <summary>What a few offers change about a stored chain: decided in memory, written in one transaction.</summary>
internal sealed class ChainStep
{
    private readonly StoredHead before;
    private readonly IReadOnlyDictionary<long, (ChainLink Link, Item Item)> stored;
    private readonly int maxReceives;
    private readonly LossChain chain;
    private readonly SortedDictionary<long, Offer> fresh = [];
    private readonly List<RefusedSegment> refused;
    private readonly HashSet<long> unread;
    private DateTimeOffset? lastReceivedAt;

    /// <param name="stored">Segments in the store that the offers can touch.</param>
    public ChainStep(StoredHead before, IReadOnlyDictionary<long, (ChainLink Link, Item Item)> stored, int maxReceives)
    {
        this.before = before;
        this.stored = stored;
        this.maxReceives = maxReceives;
        refused = [.. before.Refused];
        lastReceivedAt = before.LastReceivedAt;
        var waiting = stored.Values.Where(entry => entry.Link.Seq >= before.Next).Select(entry => entry.Link).ToArray();
        unread = Waiting(before).Except(waiting.Select(link => link.Seq)).ToHashSet();
        chain = new LossChain(
            new ChainHead(before.Next, Runs.Hash(before.Digest), before.Points, before.Finished),
            waiting,
            seq => fresh.TryGetValue(seq, out var offer) ? offer.Digest : stored[seq].Link.Digest
        );
    }

    /// <summary>Receipts of the messages that need not come again once this step is stored.</summary>
    public List<string> Done { get; } = [];

    /// <summary>Taken segments that are not in the store yet, by number.</summary>
    public IReadOnlyCollection<Offer> Fresh => fresh.Values;

    /// <summary>
    /// Stored segments that turned out not to fit and that no other replaced. Those behind the end of a finished run stay where
    /// they are: nothing can take their numbers any more.
    /// </summary>
    public IEnumerable<long> Freed =>
        chain
            .Evicted.Where(entry => entry.Reason == Refusal.BadPrev)
            .Select(entry => entry.Link.Seq)
            .Distinct()
            .Where(seq => stored.ContainsKey(seq) && !fresh.ContainsKey(seq));

    public bool HeadChanged => refused.Count > before.Refused.Count;

    public void Take(Offer offer)
    {
        if (offer.Fault is { } fault)
        {
            Refuse(fault, offer.Seq, offer.Digest.ToString());
            Done.Add(offer.Message.Receipt);
            return;
        }

        var evicted = chain.Evicted.Count;
        var outcome = chain.Offer(offer.Link, out var refusal);
        if (outcome is ChainOutcome.Accepted or ChainOutcome.Waiting)
        {
            fresh[offer.Seq] = offer;
            lastReceivedAt =
                offer.Message.SentAt > lastReceivedAt ? offer.Message.SentAt : lastReceivedAt ?? offer.Message.SentAt;
        }

        foreach (var (link, reason) in chain.Evicted.Skip(evicted))
        {
            fresh.Remove(link.Seq);
            Refuse(reason, link.Seq, link.Digest.ToString());
        }

        if (refusal == Refusal.TooFar && offer.Message.ReceiveCount < maxReceives)
        {
            return; // what is before it may be in the queue still
        }

        if (refusal is { } why)
        {
            Refuse(why, offer.Seq, offer.Digest.ToString());
        }

        Done.Add(offer.Message.Receipt);
    }

    public StoredHead NewHead() =>
        before with
        {
            Next = chain.Head.Next,
            Digest = chain.Head.Digest.ToString(),
            Points = chain.Head.Points,
            Finished = chain.Head.Finished,
            Waiting = Ranges(chain.Waiting.Select(link => link.Seq).Concat(unread)),
            Refused = refused,
            LastReceivedAt = lastReceivedAt,
        };

    private static IEnumerable<long> Waiting(StoredHead head) =>
        head.Waiting.SelectMany(range => Enumerable.Range(0, (int)(range[1] - range[0] + 1)).Select(i => range[0] + i));

    private void Refuse(Refusal reason, long seq, string sha256)
    {
        var word = RefusalWords.Of(reason);
        var same = refused.Where(entry => entry.Reason == word).ToArray();
        if (same.Length < SegmentIntake.MaxRefusedKept && !Array.Exists(same, entry => entry.Sha256 == sha256))
        {
            refused.Add(new RefusedSegment(word, seq, sha256));
        }
    }

    private static List<long[]> Ranges(IEnumerable<long> numbers)
    {
        var ranges = new List<long[]>();
        foreach (var number in numbers.Order())
        {
            if (ranges is [.., var last] && last[1] == number - 1)
            {
                last[1] = number;
            }
            else
            {
                ranges.Add([number, number]);
            }
        }

        return ranges;
    }
}

internal static class RefusalWords
{
    /// <summary>The reasons of protocol §5.</summary>
    public static string Of(Refusal reason) =>
        reason switch
        {
            Refusal.Conflict => "conflict",
            Refusal.BadMac => "bad_mac",
            Refusal.BadPrev => "bad_prev",
            Refusal.Malformed => "malformed",
            Refusal.Finished => "finished",
            _ => "too_far",
        };
}
