using System.CommandLine;
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

    /// <summary>A file of at most so many bytes; a pipe will do.</summary>
    /// <exception cref="CliException">It is not there, cannot be read, or is larger.</exception>
    public static byte[] ReadFile(string path, int maxBytes)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var bytes = new byte[maxBytes + 1]; // a byte more than allowed is enough to tell
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= maxBytes
                ? bytes[..length]
                : throw new CliException($"{path} is larger than such a file can be.", ExitCode.CheckFailed);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CliException($"There is no file {path}.", ExitCode.NotFound, cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException($"{path} cannot be read: {cause.Message}", ExitCode.Incomplete, cause);
        }
    }
}
