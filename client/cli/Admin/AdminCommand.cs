using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Lace.Cli.Admin;

/// <summary><c>lace admin</c>: what the operator of an installation does.</summary>
internal static class AdminCommand
{
    public const string Key =
        "Needs an operator's key, which only the host itself makes: `dotnet Lace.Functions.dll keys create --operator`.";

    public static Command Create() =>
        new("admin", "Tenants, their plans and their keys: for the operator of a service")
        {
            TenantCommands.Create(),
            KeyCommands.Create(),
        };

    /// <summary>Runs a verb with the service, and prints its answer: as JSON, or as text for people.</summary>
    public static async Task<int> RunAsync<T>(
        ParseResult parsed,
        JsonTypeInfo<T> type,
        Func<LaceApi, Task<T>> verb,
        Func<T, string> text
    )
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host).RequireKey(), host, parsed.GetValue(CommonOptions.Quiet));
        var answer = await verb(api);
        await host.Output.WriteLineAsync(
            parsed.GetValue(CommonOptions.Json) ? JsonSerializer.Serialize(answer, type) : text(answer)
        );
        return ExitCode.Ok;
    }

    /// <summary>An id as a part of an address: whatever was typed, it stays one part.</summary>
    public static string Part(string id) => Uri.EscapeDataString(id);
}
