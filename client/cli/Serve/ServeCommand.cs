using System.CommandLine;

namespace Lace.Cli.Serve;

/// <summary><c>lace serve</c>: the whole service on this machine, with its data in a folder.</summary>
public static class ServeCommand
{
    /// <summary>The command, for the root command.</summary>
    public static Command Create()
    {
        var data = new Option<string>("--data")
        {
            Description = "Folder for all data; made if it is not there.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LACE_DATA") ?? "./lace-data",
        };
        var port = new Option<int>("--port")
        {
            Description = "Port on 127.0.0.1; 0 takes a free one.",
            DefaultValueFactory = _ => 8080,
        };
        port.Validators.Add(result =>
        {
            if (result.Tokens is [var given] && !ushort.TryParse(given.Value, out _))
            {
                result.AddError("--port is from 0 to 65535.");
            }
        });
        var command = new CommandWithExamples(
            "serve",
            "Run the whole service on this machine until it is stopped",
            "On the first start on a folder it prints an API key, once. With --json it prints one line when it is ready: "
                + "address, data, and on the first start tenant and api_key.",
            "lace serve\nlace serve --data /srv/lace --port 9000"
        )
        {
            data,
            port,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var program = HostProgram.Find();
                using var host = HostProgram.Start(
                    program,
                    "--data",
                    Path.GetFullPath(parsed.GetValue(data)!),
                    "--urls",
                    $"http://127.0.0.1:{parsed.GetValue(port)}"
                );
                if (await host.ReadyAsync(cancellationToken) is { } ready)
                {
                    await parsed.InvocationConfiguration.Output.WriteAsync(
                        parsed.GetValue(CommonOptions.Json) ? ready.Line + "\n" : ready.Welcome(program)
                    );
                    await parsed.InvocationConfiguration.Output.FlushAsync(CancellationToken.None);
                }

                return await host.ExitCodeAsync(cancellationToken);
            }
        );
        return command;
    }
}
