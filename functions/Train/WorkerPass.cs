using Lace.Functions.Hosting;
using Lace.Platform;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>Looks for training clients that have something to run and no worker, and starts one for each.</summary>
internal sealed class WorkerPass(TrainingWorkers workers, IServiceProvider services, ILogger<WorkerPass> logger) : IPass
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    public async Task<TimeSpan> RunAsync(CancellationToken cancellationToken)
    {
        if (services.GetService<WorkerProgram>() is null)
        {
            Log.WorkerMissing(logger);
            return Timeout.InfiniteTimeSpan;
        }

        try
        {
            await workers.EnsureAllAsync(cancellationToken);
            return Pause;
        }
        catch (Exception failure) when (failure is StorageException or InvalidDataException)
        {
            Log.WorkersNotStarted(logger, failure);
            return AfterFailure;
        }
    }
}
