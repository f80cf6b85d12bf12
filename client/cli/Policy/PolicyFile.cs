using Lace.Evidence.Bundles;

namespace Lace.Cli.Policy;

/// <summary>Reads policy files.</summary>
internal static class PolicyFile
{
    /// <exception cref="CliException">There is none, or it is not one.</exception>
    public static (LacePolicy Policy, byte[] Bytes) Read(string path, CommandHost host)
    {
        var bytes = SmallFiles.Read(path, LacePolicy.MaxBytes, host);
        return LacePolicy.Parse(bytes, out var reason) is { } policy
            ? (policy, bytes)
            : throw new CliException($"{path} is no policy: {reason}.", ExitCode.Incomplete);
    }
}
