namespace Lace.Evidence.Verification;

/// <summary>Rung 2: the log has no hole, and it came soon after the times at which the client says its losses were captured.</summary>
internal static class Liveness
{
    /// <summary>How far the client's clock, the network and a retry may set capture and receipt apart.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(10);

    /// <summary>Share of points that may come later, after a crash or an outage.</summary>
    public const double TolerableLate = 0.03;

    public static Check ChainUnbroken(VerificationInput input)
    {
        const string Name = CheckNames.ChainUnbroken;
        if (input.Recorded is not { } run)
        {
            return Check.Of(Name, false, "The stored segments are no longer the chain that was accepted.");
        }

        if (input.Run.Gaps.Count > 0)
        {
            return Check.Of(Name, false, $"Segments are missing: {Words.Ranges(input.Run.Gaps)}.");
        }

        if (run.Finish is not { Item: var finish })
        {
            return input.Run.Closed
                ? Check.Of(Name, false, "The run was closed, but the segment that ends the log is missing.")
                : Check.NotChecked(Name, $"The run is not finished: {run.Segments} segments so far, without a gap.");
        }

        return finish.Dropped > 0
                ? Check.Of(Name, false, $"The monitor lost {finish.Dropped} of {finish.Points} points.")
            : finish.Points != run.Points.Count
                ? Check.Of(
                    Name,
                    false,
                    $"The client captured {finish.Points} points; the log holds {run.Points.Count}."
                )
            : Check.Of(
                Name,
                true,
                $"{run.Segments} segments with {run.Points.Count} points form one chain to the end of the run, without a gap."
            );
    }

    public static Check ReceivedLive(VerificationInput input)
    {
        const string Name = CheckNames.ReceivedLive;
        if (input.Recorded is not { } run || run.Times.Count == 0)
        {
            return Check.NotChecked(Name, "No loss was accepted.");
        }

        if (input.Run.Offline)
        {
            return Check.Of(Name, false, "The run was recorded offline and sent afterwards.");
        }

        var early = run
            .Times.Where(time => IsBefore(time.OldestAt, input.Run.CreatedAt))
            .Sum(time => (long)time.Points);
        if (early > 0)
        {
            return Check.Of(Name, false, $"{early} points are in segments that begin before the run was made.");
        }

        var late = run.Times.Where(time => !IsNear(time)).Sum(time => (long)time.Points);
        return Check.Of(
            Name,
            late <= TolerableLate * run.Points.Count,
            late == 0
                ? $"Every segment was received within {Tolerance.TotalMinutes} minutes of the times at which the client says its losses were captured, from {Words.Time(run.Times[0].ReceivedAt)} to {Words.Time(run.Times[^1].ReceivedAt)}."
                : $"{late} of {run.Points.Count} points were received more than {Tolerance.TotalMinutes} minutes from the time at which they say they were captured."
        );
    }

    /// <summary>One fresh loss at its end does not make a segment of old ones live.</summary>
    private static bool IsNear(LossLog.SegmentTimes time) =>
        IsNear(time.ReceivedAt, time.OldestAt) && IsNear(time.ReceivedAt, time.NewestAt);

    private static bool IsNear(DateTimeOffset received, long at) =>
        Math.Abs((double)received.ToUnixTimeMilliseconds() - at) <= Tolerance.TotalMilliseconds;

    private static bool IsBefore(long at, DateTimeOffset created) =>
        at < created.Subtract(Tolerance).ToUnixTimeMilliseconds();
}
