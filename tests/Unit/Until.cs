namespace Lace.Tests;

/// <summary>Waits for what comes of itself. The limit is for what never comes: how soon it comes is not tested.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    // In the end fewer questions a second than one address may ask.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <param name="what">Of the awaited, for the failure.</param>
    public static Task HoldsAsync(Func<bool> condition, string what) =>
        HoldsAsync(() => Task.FromResult(condition()), what);

    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var pause = FirstPause; !await condition(); pause = pause < LongestPause ? pause * 1.5 : LongestPause)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"This never came: {what}.");
            await Task.Delay(pause, TestContext.Current.CancellationToken);
        }
    }
}
