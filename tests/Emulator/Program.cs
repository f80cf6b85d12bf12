using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lace.Moto;

namespace Lace.Emulator;

/// <summary><c>./run invoke</c> and <c>./run serve --aws</c>: Lambda and what stands in front of it, on this machine, around the published program.</summary>
internal static class Program
{
    private const int Usage = 2;
    private const int Failed = 1;

    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <param name="args">The verb, then the published program, then what the verb takes.</param>
    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["serve", var program, var port] when ushort.TryParse(port, out var number):
                return await ServeAsync(program, number);
            case ["invoke", var program, var function, var file] when Deployment.Names.Contains(function):
                return await InvokeAsync(program, function, file);
            default:
                await Console.Error.WriteLineAsync(
                    $$"""
                    usage: ./run invoke FUNCTION EVENT.json
                    FUNCTION is one of {{string.Join(", ", Deployment.Names)}}; events are in tests/events.
                    ${NAME} in an event is replaced by what the environment has for it, such as ${LACE_API_KEY}.
                    Data: the folder that LACE_DATA names, else out/serve; with LACE_PLATFORM=aws what AWS_ENDPOINT_URL and the other variables name.
                    """
                );
                return Usage;
        }
    }

    /// <summary>Until it is told to stop. Says one line of JSON when it is ready, as the host does; the functions log to standard error.</summary>
    private static async Task<int> ServeAsync(string program, int port)
    {
        if (MotoServer.Find() is not { } moto)
        {
            await Console.Error.WriteLineAsync(
                "There is no moto_server: pip install 'moto[server]', or name it in LACE_MOTO."
            );
            return Failed;
        }

        using var server = await MotoServer.StartAsync(moto);
        await using var service = await MotoService.StartAsync(program, server.Address, port, Console.Error);
        service.Consume(TimeSpan.FromMinutes(3));
        service.Service.Tick(TimeSpan.FromMinutes(1));
        var address = service.Service.Address.GetLeftPart(UriPartial.Authority);
        await Console.Out.WriteLineAsync(
            $$"""{"event":"ready","address":"{{address}}","data":"moto","tenant":"{{service.Tenant}}","api_key":"{{service.Key}}"}"""
        );
        var stop = new TaskCompletionSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await stop.Task;
        return 0;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }
    }

    /// <summary>Prints the answer to standard output, what the function logs to standard error.</summary>
    private static async Task<int> InvokeAsync(string program, string function, string file)
    {
        var settings = Deployment.Function(function, program, new Dictionary<string, string>());
        await using var sandbox = await Sandbox.StartAsync(settings, Console.Error);
        var invoked = sandbox.InvokeAsync(EventFile.Read(file, Environment.GetEnvironmentVariable));
        var outcome = await await Task.WhenAny(invoked, sandbox.Broken);
        if (outcome.Answer is null)
        {
            await Console.Error.WriteLineAsync($"{function}: {outcome.ErrorType} {outcome.Error}");
            return Failed;
        }

        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(outcome.Json, Readable));
        return 0;
    }
}
