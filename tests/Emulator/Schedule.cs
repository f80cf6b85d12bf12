namespace Lace.Emulator;

/// <summary>Calls a function again and again, as a rule of EventBridge does.</summary>
public sealed class Schedule : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly Task ticking;

    /// <param name="every">A minute on AWS.</param>
    public Schedule(EmulatedFunction function, TimeSpan every) => ticking = Task.Run(() => TickAsync(function, every));

    /// <summary>The event of a tick.</summary>
    public static byte[] Event(DateTimeOffset at) =>
        System.Text.Encoding.UTF8.GetBytes(
            $$"""
            {"version":"0","id":"{{Guid.NewGuid()}}","detail-type":"Scheduled Event","source":"aws.events","account":"123456789012","time":"{{at:yyyy-MM-ddTHH:mm:ssZ}}","region":"eu-west-1","resources":["arn:aws:events:eu-west-1:123456789012:rule/clock"],"detail":{} }
            """
        );

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await ticking;
        stopping.Dispose();
    }

    private async Task TickAsync(EmulatedFunction function, TimeSpan every)
    {
        using var timer = new PeriodicTimer(every);
        try
        {
            do
            {
                await function.InvokeAsync(Event(TimeProvider.System.GetUtcNow()), cancellationToken: stopping.Token);
            } while (await timer.WaitForNextTickAsync(stopping.Token));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // told to
        }
    }
}
