using System.CommandLine;
using Lace.Evidence.Bundles;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Cli.Log;

/// <summary>What the commands on the log have in common.</summary>
internal static class LogOptions
{
    public static Option<string[]> Vkey(string description) =>
        new("--vkey")
        {
            Description = description,
            HelpName = "key",
            AllowMultipleArgumentsPerToken = false,
        };

    public static Option<string?> Policy(string instead) =>
        new("--policy") { Description = $"Instead of --vkey: {instead}", HelpName = "file" };

    public static Option<string?> Server { get; } =
        new("--server") { Description = "Address of the service or of the log [as --base-url]", HelpName = "url" };

    /// <summary>The log that <c>--server</c> or the configuration names.</summary>
    public static HttpLogFiles OpenLog(this ParseResult parsed, CommandHost host) =>
        HttpLogFiles.Open(
            parsed.GetValue(Server) ?? parsed.Config(host).Address,
            host,
            parsed.GetValue(CommonOptions.Quiet)
        );

    /// <exception cref="CliException">One of them is not a key.</exception>
    public static IReadOnlyList<VerifierKey> Keys(this ParseResult parsed, Option<string[]> option) =>
        [
            .. (parsed.GetValue(option) ?? []).Select(text =>
                VerifierKey.TryParse(text, out var key)
                    ? key
                    : throw new CliException(
                        "--vkey is a verifier key: name+id+base64, as in the log's policy (quote it for the shell).",
                        ExitCode.Usage
                    )
            ),
        ];

    /// <summary>The keys that <c>--vkey</c> or <c>--policy</c> names; none where neither is given.</summary>
    /// <exception cref="CliException">Both are given, or one of them is not what it should be.</exception>
    public static IReadOnlyList<VerifierKey> LogKeys(
        this ParseResult parsed,
        Option<string[]> vkey,
        Option<string?> policy,
        CommandHost host
    )
    {
        var keys = parsed.Keys(vkey);
        return (keys.Count, parsed.GetValue(policy)) switch
        {
            (_, null) => keys,
            (0, { } file) => [.. ReadPolicy(file, host).Logs.Select(log => log.Key)],
            _ => throw new CliException("Give --vkey or --policy, not both.", ExitCode.Usage),
        };
    }

    /// <summary>A policy file in either form: that of Lace, or a C2SP tlog-policy.</summary>
    /// <exception cref="CliException">It cannot be read, or is neither.</exception>
    public static TlogPolicy ReadPolicy(string path, CommandHost host)
    {
        var bytes = SmallFiles.Read(path, LacePolicy.MaxBytes, host);
        if (LacePolicy.Parse(bytes, out _) is { } own)
        {
            return TlogPolicy.Create(own.Log.Keys, own.Witnesses.Keys, own.Witnesses.Quorum);
        }

        return TlogPolicy.TryParse(bytes, out var policy, out var problem)
            ? policy
            : throw new CliException(
                $"{path} is no policy of Lace, and no tlog-policy: {problem}",
                ExitCode.Incomplete
            );
    }
}
