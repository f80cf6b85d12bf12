using System.CommandLine;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Bundles;

namespace Lace.Cli.Policy;

/// <summary><c>lace policy</c>: what a verifier trusts.</summary>
internal static class PolicyCommand
{
    private static readonly Option<string?> Server = new("--server")
    {
        Description = "Address of the service to ask [--base-url]",
        HelpName = "url",
    };

    private static readonly Argument<string> PolicyPath = new("FILE") { Description = "A policy file" };

    public static Command Create()
    {
        var command = new Command("policy", "What `lace verify --offline` trusts: keys, log, witnesses");
        command.Add(Fetch());
        command.Add(Show());
        return command;
    }

    private static CommandWithExamples Fetch()
    {
        var fetch = new CommandWithExamples(
            "fetch",
            "Print the policy that a service states for itself",
            """
            The file goes to standard output, the fingerprints of its keys to standard error. A service can state what it likes:
            compare the fingerprints over another way before you trust the file. The API key is not sent.
            """,
            "lace policy fetch --server https://lace.example > policy.json"
        )
        {
            Server,
        };
        fetch.SetAction(
            async (parsed, cancellationToken) =>
            {
                var host = CommandHost.FromProcess(parsed);
                var address = parsed.GetValue(Server) ?? parsed.GetValue(CommonOptions.BaseUrl);
                var config = LaceConfig.Resolve(address, null, host) with { ApiKey = null };
                using var api = new LaceApi(config, host, parsed.GetValue(CommonOptions.Quiet));
                var bytes = await api.GetBytesAsync("v1/log/policy.json", cancellationToken);
                var policy =
                    LacePolicy.Parse(bytes, out var reason)
                    ?? throw new CliException($"{config.Address} stated no policy: {reason}.", ExitCode.Unavailable);
                // As it was sent, so that the file has the digest that is printed here and by `show`.
                await host.Output.WriteAsync(Encoding.UTF8.GetString(bytes));
                if (!parsed.GetValue(CommonOptions.Quiet))
                {
                    host.Note(string.Join('\n', PolicySummary.Of(policy, bytes).Lines()));
                    host.Note("Trust on first use: compare these over another way.");
                }

                return ExitCode.Ok;
            }
        );
        return fetch;
    }

    private static CommandWithExamples Show()
    {
        var show = new CommandWithExamples(
            "show",
            "Print whom a policy file trusts, with fingerprints",
            "A key's fingerprint is its key id: base64 of the SHA-256 of the public key; of a log's key, of its C2SP key id in full.",
            "lace policy show policy.json"
        )
        {
            PolicyPath,
        };
        show.SetAction(parsed =>
        {
            var host = CommandHost.FromProcess(parsed);
            var (policy, bytes) = PolicyFile.Read(parsed.GetRequiredValue(PolicyPath), host);
            var summary = PolicySummary.Of(policy, bytes);
            host.Output.WriteLine(
                parsed.GetValue(CommonOptions.Json)
                    ? JsonSerializer.Serialize(summary, CliJson.Default.PolicySummary)
                    : string.Join('\n', summary.Lines())
            );
            return ExitCode.Ok;
        });
        return show;
    }
}
