namespace Lace.Functions.Hosting;

/// <summary>Repeats every pass while the host runs, each on its own. Not on Lambda, which freezes a process between two calls.</summary>
internal sealed class PassLoops(IEnumerable<IPass> passes, TimeProvider clock) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = passes.Select(pass => Task.Run(() => RepeatAsync(pass, stoppingToken), CancellationToken.None));

        // The first that fails for a reason nobody foresaw stops the host, and does not wait for the others to end.
        await foreach (var loop in Task.WhenEach(loops))
        {
            await loop;
        }
    }

    private async Task RepeatAsync(IPass pass, CancellationToken stoppingToken)
    {
        var pause = pass.FirstAfter;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await pass.PauseAsync(pause, clock, stoppingToken);
                pause = await pass.RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
