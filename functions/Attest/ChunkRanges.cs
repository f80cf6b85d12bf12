namespace Lace.Functions.Attest;

/// <summary>Ascending numbers as ranges, both ends included.</summary>
internal sealed class ChunkRanges
{
    /// <summary>An answer lists no more: a client that sends what it need not is answered 200 each time.</summary>
    private const int MaxListed = 10_000;

    private readonly List<long[]> ranges = [];

    public IReadOnlyList<long[]> Ranges => ranges.Count <= MaxListed ? ranges : ranges[..MaxListed];

    /// <param name="number">Larger than all before it.</param>
    public void Add(long number)
    {
        if (ranges.Count > 0 && ranges[^1][1] == number - 1)
        {
            ranges[^1][1] = number;
        }
        else
        {
            ranges.Add([number, number]);
        }
    }

    /// <summary>The ranges of numbers from 0 to below <paramref name="count"/> that were not added.</summary>
    public IReadOnlyList<long[]> GapsBelow(long count)
    {
        var gaps = new List<long[]>();
        long next = 0;
        foreach (var range in ranges.TakeWhile(range => range[0] < count))
        {
            if (range[0] > next)
            {
                gaps.Add([next, range[0] - 1]);
            }

            next = range[1] + 1;
        }

        if (next < count)
        {
            gaps.Add([next, count - 1]);
        }

        return gaps.Count <= MaxListed ? gaps : gaps[..MaxListed];
    }
}
