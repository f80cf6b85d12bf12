namespace Lace.Functions.Train;

/// <summary>Waits for what another process writes, by reading again: soon at first, then less often.</summary>
internal static class LongPoll
{
    /// <summary>The longest that a request is held.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>What was read last: something that has ended, or what there was when the time was over.</summary>
    public static async Task<T?> UntilAsync<T>(
        Func<Task<T?>> read,
        Func<T, bool> hasEnded,
        TimeSpan wait,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var started = clock.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            var seen = await read();
            var left = wait - clock.GetElapsedTime(started);
            if (seen is null || hasEnded(seen) || left <= TimeSpan.Zero)
            {
                return seen;
            }

            await Task.Delay(pause < left ? pause : left, clock, cancellationToken);
            pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause;
        }
    }
}
