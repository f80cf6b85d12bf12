namespace Lace.Cli;

/// <summary>Files that the user names and that have a known largest size.</summary>
internal static class SmallFiles
{
    /// <summary>The content; of a larger file one byte more than allowed, so that whoever parses it refuses it.</summary>
    /// <exception cref="CliException">It cannot be read.</exception>
    public static byte[] Read(string path, int maxBytes, CommandHost host)
    {
        using var file = Open(path, host);
        var content = new byte[(file.CanSeek ? Math.Min(maxBytes, file.Length) : maxBytes) + 1];
        try
        {
            return content[..file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
        }
        catch (IOException cause)
        {
            throw Unreadable(path, cause);
        }
    }

    /// <exception cref="CliException">It cannot be opened.</exception>
    public static FileStream Open(string path, CommandHost host)
    {
        try
        {
            return File.OpenRead(Path.GetFullPath(path, host.WorkingDirectory));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(path, cause);
        }
    }

    private static CliException Unreadable(string path, Exception cause) =>
        new($"{path} cannot be read: {cause.Message}", ExitCode.Incomplete, cause);
}
