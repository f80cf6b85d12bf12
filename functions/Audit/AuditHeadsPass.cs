using Lace.Functions.Hosting;
using Lace.Platform;

namespace Lace.Functions.Audit;

/// <summary>Signs what grew, at most once a minute.</summary>
internal sealed class AuditHeadsPass(AuditHeads heads, ILoggerFactory logging) : IPass
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly ILogger logger = logging.CreateLogger(Log.Category);

    public TimeSpan FirstAfter => Pause;

    public async Task<TimeSpan> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await heads.SignGrownAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is StorageException or InvalidDataException)
        {
            Log.AuditHeadsFailed(logger, failure);
        }

        return Pause;
    }
}
