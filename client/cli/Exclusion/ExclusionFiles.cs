using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Exclusion;

/// <summary>Reads the files of filters that the user names.</summary>
internal static class ExclusionFiles
{
    /// <exception cref="CliException">It cannot be read, or is no such file.</exception>
    public static FilterFile Filter(string path, CommandHost host)
    {
        using var file = SmallFiles.Open(path, host);
        var read =
            FilterFile.Read(file, out var reason)
            ?? throw new CliException($"{path} is no filter file: {reason}.", ExitCode.Incomplete);
        return read.Committed.Tier != FingerprintTier.Keyed
            ? read
            : throw new CliException(
                $"{path} is a keyed filter: only the service that has its key can ask it.",
                ExitCode.Usage
            );
    }

    /// <exception cref="CliException">It cannot be read, or is no such file.</exception>
    public static CommonPhrases Phrases(string path, CommandHost host)
    {
        using var file = SmallFiles.Open(path, host);
        return CommonPhrases.Read(file, out var reason)
            ?? throw new CliException($"{path} is no file of common phrases: {reason}.", ExitCode.Incomplete);
    }
}
