using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lace.Emulator;

/// <summary><c>./run invoke</c>: Lambda and what stands in front of it, on this machine, around the published program.</summary>
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
