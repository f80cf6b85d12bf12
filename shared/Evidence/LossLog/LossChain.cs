using Lace.Evidence.Transparency;

namespace Lace.Evidence.LossLog;

/// <summary>Why a segment was not taken. The names on the wire are those of protocol §5.</summary>
public enum Refusal
{
    /// <summary>Another body for a segment that was accepted or waits.</summary>
    Conflict,

    /// <summary>Not written with the run's ingest key.</summary>
    BadMac,

    /// <summary>Names another segment before it than the one that was accepted.</summary>
    BadPrev,

    /// <summary>Written with the key, and not of the specified form.</summary>
    Malformed,

    /// <summary>Comes after the item that ended the run.</summary>
    Finished,

    /// <summary>More than <see cref="LossChain.MaxAhead"/> ahead of what was accepted.</summary>
    TooFar,
}

/// <summary>What became of an offered segment.</summary>
public enum ChainOutcome
{
    /// <summary>It is part of the chain for good.</summary>
    Accepted,

    /// <summary>It waits for those before it.</summary>
    Waiting,

    /// <summary>The same bytes were taken earlier: nothing changes.</summary>
    Repeat,

    /// <summary>It never changes what was accepted.</summary>
    Refused,
}

/// <summary>What the chain needs to know of a segment.</summary>
/// <param name="Finishes">Whether its last item ends the run.</param>
public readonly record struct ChainLink(long Seq, MerkleHash Digest, MerkleHash Prev, int Points, bool Finishes);

/// <summary>How far a run's chain was accepted.</summary>
/// <param name="Next">Number of the first segment that is not accepted; all before it are.</param>
/// <param name="Digest">Digest of segment <paramref name="Next"/> − 1, or the run's origin.</param>
/// <param name="Points">Points in the accepted segments.</param>
public sealed record ChainHead(long Next, MerkleHash Digest, long Points, bool Finished)
{
    /// <summary>The head of a run that sent nothing yet.</summary>
    public static ChainHead Of(string runId, MerkleHash root) => new(0, LossSegment.Origin(runId, root), 0, false);
}

/// <summary>Puts authentic segments in order: n only after n − 1, early ones wait, repeats change nothing, all else is refused.</summary>
/// <remarks>Pure state between two durable writes: made from what is stored, asked about each segment, and stored again.</remarks>
public sealed class LossChain
{
    /// <summary>How far ahead of the chain a segment may come and wait.</summary>
    public const int MaxAhead = 1_024;

    private readonly Func<long, MerkleHash> acceptedDigest;
    private readonly SortedDictionary<long, ChainLink> waiting = [];
    private readonly List<(ChainLink Link, Refusal Reason)> evicted = [];

    /// <param name="acceptedDigest">Digest of an accepted segment, asked only for numbers below the head's.</param>
    public LossChain(ChainHead head, IEnumerable<ChainLink> waiting, Func<long, MerkleHash> acceptedDigest)
    {
        Head = head;
        this.acceptedDigest = acceptedDigest;
        foreach (var link in waiting)
        {
            this.waiting.Add(link.Seq, link);
        }
    }

    public ChainHead Head { get; private set; }

    /// <summary>Segments that came early, by number.</summary>
    public IReadOnlyCollection<ChainLink> Waiting => waiting.Values;

    /// <summary>Segments that waited and turned out not to fit when their turn came.</summary>
    public IReadOnlyList<(ChainLink Link, Refusal Reason)> Evicted => evicted;

    /// <summary>Offers a segment whose MAC and form were found right.</summary>
    public ChainOutcome Offer(ChainLink link, out Refusal? refusal)
    {
        refusal = ReasonAgainst(link, out var repeat);
        if (repeat || refusal is not null)
        {
            return repeat ? ChainOutcome.Repeat : ChainOutcome.Refused;
        }

        waiting.Add(link.Seq, link);
        Advance();
        return link.Seq < Head.Next ? ChainOutcome.Accepted : ChainOutcome.Waiting;
    }

    private Refusal? ReasonAgainst(ChainLink link, out bool repeat)
    {
        if (link.Seq < Head.Next)
        {
            repeat = acceptedDigest(link.Seq) == link.Digest;
            return repeat ? null : Refusal.Conflict;
        }

        if (waiting.TryGetValue(link.Seq, out var known))
        {
            repeat = known.Digest == link.Digest;
            return repeat ? null : Refusal.Conflict;
        }

        repeat = false;
        return Head.Finished ? Refusal.Finished
            : link.Seq > Head.Next + MaxAhead ? Refusal.TooFar
            : link.Seq == Head.Next && link.Prev != Head.Digest ? Refusal.BadPrev
            : null;
    }

    private void Advance()
    {
        while (waiting.Remove(Head.Next, out var link))
        {
            if (link.Prev != Head.Digest)
            {
                evicted.Add((link, Refusal.BadPrev));
                return;
            }

            Head = new ChainHead(link.Seq + 1, link.Digest, Head.Points + link.Points, link.Finishes);
            if (Head.Finished)
            {
                evicted.AddRange(waiting.Values.Select(late => (late, Refusal.Finished)));
                waiting.Clear();
            }
        }
    }
}
