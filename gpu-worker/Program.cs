using System.Runtime.InteropServices;
using Lace.Platform;
using Lace.Platform.Aws;
using Lace.Platform.Embedded;
using Lace.Records.Training;
using Lace.Torch;
using Lace.Worker.Checks;
using Lace.Worker.Operations;
using Lace.Worker.Shards;

namespace Lace.Worker;

/// <summary>Trains one training client: claims it, works through its operation log, seals its state, ends when idle.</summary>
internal static class Program
{
    private const int Failed = 70;
    private const int LeaseLost = 75;
    private const int CannotStart = 78;

    private static int Main(string[] arguments)
    {
        if (arguments is ["--help" or "-h" or "-?"])
        {
            Console.Out.WriteLine(WorkerSettings.Help);
            return 0;
        }

        try
        {
            if (arguments is ["check", ..])
            {
                return CheckCommand.Run(arguments.AsSpan(1), Console.Out, Console.Error);
            }

            if (arguments is ["attest", ..])
            {
                return ShardCommand
                    .RunAsync(arguments[1..], Environment.GetEnvironmentVariable, Console.Out, Console.Error)
                    .GetAwaiter()
                    .GetResult();
            }

            var settings = WorkerSettings.Read(arguments, Environment.GetEnvironmentVariable);
            return OneThread.Run(() => RunAsync(settings));
        }
        catch (Exception failure)
            when (failure is SettingsException or PlatformSettingException or DllNotFoundException)
        {
            Console.Error.WriteLine(failure.Message);
            return CannotStart;
        }
    }

    private static async Task<int> RunAsync(WorkerSettings settings)
    {
        var clock = TimeProvider.System;
        var log = new WorkerLog(Console.Error, clock, settings.ClientId);
        try
        {
            using var stores = await WorkerStores.OpenAsync(OpenPlatform(settings, clock), clock);
            using var loop = new OperationLoop(settings, stores, log);
            using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Leave(signal, loop));
            using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Leave(signal, loop));
            await loop.RunAsync(lost =>
            {
                // At once: whatever is being computed is another worker's now.
                log.Fail("lease_lost", lost);
                Environment.Exit(LeaseLost);
            });
            return 0;
        }
        catch (LeaseLostException lost)
        {
            log.Fail("lease_lost", lost);
            return LeaseLost;
        }
        catch (Exception failure) when (failure is StorageException or InvalidDataException or TorchException)
        {
            log.Fail("worker_failed", failure);
            Console.Error.WriteLine($"{failure.GetType().Name} ended the worker.");
            return Failed;
        }
    }

    private static IPlatform OpenPlatform(WorkerSettings settings, TimeProvider clock) =>
        settings.Aws is { } aws ? AwsPlatform.Open(aws, clock) : EmbeddedPlatform.Open(settings.DataFolder, clock);

    private static void Leave(PosixSignalContext signal, OperationLoop loop)
    {
        signal.Cancel = true;
        loop.Leave();
    }
}
