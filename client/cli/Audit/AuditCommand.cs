using System.CommandLine;

namespace Lace.Cli.Audit;

/// <summary><c>lace audit</c>: the tenant's audit chain.</summary>
internal static class AuditCommand
{
    public static Command Create() =>
        new("audit", "Take out and verify the audit chain: what was asked of the service, in order")
        {
            Export(),
            Head(),
            AuditVerifyCommand.Create(),
        };

    private static CommandWithExamples Export()
    {
        var command = new CommandWithExamples(
            "export",
            "Print the whole chain as JSON Lines",
            "One entry a line, in the form that its hash is over: `lace audit verify` checks the file without a network. Needs a key with the scope `audit`.",
            "lace audit export > audit.jsonl"
        );
        command.SetAction((parsed, cancel) => DownloadAsync(parsed, "v1/audit_logs?format=jsonl", cancel));
        return command;
    }

    private static CommandWithExamples Head()
    {
        var command = new CommandWithExamples(
            "head",
            "Print the newest signed head of the chain that the log has",
            "The service's statement of how far the chain had come, with its signatures and its proofs in the transparency log. Heads are signed once a minute. Needs a key with the scope `audit`.",
            "lace audit head > head.json"
        );
        command.SetAction((parsed, cancel) => DownloadAsync(parsed, "v1/audit_logs/head", cancel));
        return command;
    }

    private static async Task<int> DownloadAsync(ParseResult parsed, string path, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host).RequireKey(), host, parsed.GetValue(CommonOptions.Quiet));
        await using var output = Console.OpenStandardOutput();
        await api.DownloadAsync(path, output, cancellationToken);
        return ExitCode.Ok;
    }
}
