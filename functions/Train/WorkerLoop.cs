using Lace.Functions.Hosting;
using Lace.Platform;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>Looks for training clients that have something to run and no worker, and starts one for each.</summary>
internal sealed class WorkerLoop(
    TrainingWorkers workers,
    IServiceProvider services,
    TimeProvider clock,
    ILogger<WorkerLoop> logger
) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (services.GetService<WorkerProgram>() is null)
        {
            Log.WorkerMissing(logger);
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Pause;
            try
            {
                await workers.EnsureAllAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is StorageException or InvalidDataException)
            {
                Log.WorkersNotStarted(logger, failure);
                pause = AfterFailure;
            }

            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
