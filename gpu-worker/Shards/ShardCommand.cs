using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;
using Lace.Platform;
using Lace.Platform.Aws;
using Lace.Platform.Embedded;
using Lace.Worker.Operations;

namespace Lace.Worker.Shards;

/// <summary><c>Lace.Worker attest</c>: one job over the shards of a dataset in the blob store.</summary>
internal static class ShardCommand
{
    private const int Usage = 64;
    private const int Refused = 65;
    private const int Failed = 70;

    public static async Task<int> RunAsync(
        string[] arguments,
        Func<string, string?> environment,
        TextWriter output,
        TextWriter error
    )
    {
        if (arguments is not ["map" or "reduce", ..])
        {
            (arguments is ["--help" or "-h"] ? output : error).WriteLine(ShardSettings.Help);
            return arguments is ["--help" or "-h"] ? 0 : Usage;
        }

        try
        {
            var settings = ShardSettings.Read(arguments, environment);
            using IPlatform platform = settings.Aws is { } aws
                ? AwsPlatform.Open(aws, TimeProvider.System)
                : EmbeddedPlatform.Open(settings.DataFolder!, TimeProvider.System);
            var job = new ShardJob(platform.Blobs, settings);
            output.WriteLine(
                settings.Index is null
                    ? await job.ReduceAsync(CancellationToken.None)
                    : await job.MapAsync(CancellationToken.None)
            );
            return 0;
        }
        catch (SettingsException failure)
        {
            error.WriteLine(failure.Message);
            return Usage;
        }
        catch (Exception failure) when (failure is DatasetException or ShardException)
        {
            error.WriteLine(failure.Message);
            return Refused;
        }
        catch (Exception failure) when (failure is StorageException or IOException)
        {
            error.WriteLine(failure.Message);
            return Failed;
        }
    }
}
