using Lace.Records.LossIngest;

namespace Lace.Functions.LossIngest;

/// <summary>What a run tells of itself, from its two items.</summary>
internal static class RunStates
{
    public static RunState Of(StoredRun run, StoredHead head) =>
        new(
            run.RunId,
            run.AttestationId,
            run.Root,
            run.Records,
            run.Order,
            run.Offline,
            run.Client,
            head.Finished ? "finished"
                : head.ClosedAt is null ? "recording"
                : "closed",
            head.Next,
            head.Points,
            [.. Gaps(head).Select(gap => new[] { gap.From, gap.To })],
            Refused(head),
            run.CreatedAt,
            head.LastReceivedAt,
            head.ClosedAt
        );

    /// <summary>Missing segments. Of a closed run without its last segment at least the next one is missing.</summary>
    public static IReadOnlyList<(long From, long To)> Gaps(StoredHead head)
    {
        if (head.Finished)
        {
            return [];
        }

        var next = head.Next;
        var gaps = new List<(long From, long To)>();
        foreach (var range in head.Waiting)
        {
            gaps.Add((next, range[0] - 1));
            next = range[1] + 1;
        }

        if (head.ClosedAt is not null)
        {
            gaps.Add((next, next));
        }

        return gaps;
    }

    public static IReadOnlyDictionary<string, long> Refused(StoredHead head) =>
        head.Refused.GroupBy(entry => entry.Reason).ToDictionary(group => group.Key, group => group.LongCount());
}
