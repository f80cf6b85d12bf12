using Lace.Functions.Telemetry;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Lace.Functions.Lambda;

/// <summary>Stands where Kestrel stands elsewhere: its requests come from the Runtime API.</summary>
internal sealed class LambdaServer(
    LambdaSettings settings,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILoggerFactory logging
) : IServer
{
    private readonly RuntimeClient runtime = new(settings.RuntimeApi);
    private readonly CancellationTokenSource stopping = new();
    private readonly ILogger logger = logging.CreateLogger(Log.Category);
    private Task running = Task.CompletedTask;

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        ITrigger trigger =
            settings.Trigger == TriggerKind.Http
                ? new HttpTrigger<TContext>(application, logger)
                : services.GetRequiredService<ITrigger>();
        running = Task.Run(() => RunAsync(trigger), CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <exception cref="Exception">What ended the loop before it was told to end.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // told to
        }
    }

    public void Dispose()
    {
        runtime.Dispose();
        stopping.Dispose();
    }

    private async Task RunAsync(ITrigger trigger)
    {
        try
        {
            await PrepareAsync(trigger, stopping.Token);
            var tracing = services.GetService<Tracing>();
            await new LambdaLoop(runtime, trigger, tracing, clock, logger).RunAsync(stopping.Token);
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            Log.RuntimeLost(logger, failure);
            lifetime.StopApplication();
            throw;
        }
    }

    private async Task PrepareAsync(ITrigger trigger, CancellationToken cancellationToken)
    {
        if (settings.IsWarmedUp)
        {
            try
            {
                await trigger.WarmUpAsync(cancellationToken);
            }
            catch (Exception failure)
            {
                await runtime.FailStartAsync(failure, cancellationToken);
                throw;
            }
        }

        if (settings.IsSnapshot)
        {
            await RestoreAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Once the call returns, this is one of many processes with the same memory, at another time and in another place. What they
    /// must not share is made anew before the first event. Connections, credentials and keys cannot be stale: none is opened
    /// before the first event, as the warm-up's route touches no storage.
    /// </summary>
    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        await runtime.RestoreNextAsync(cancellationToken);
        try
        {
            Entropy.Renew();
            Log.RestoredFromSnapshot(logger);
        }
        catch (Exception failure)
        {
            await runtime.FailRestoreAsync(failure, cancellationToken);
            throw;
        }
    }
}
