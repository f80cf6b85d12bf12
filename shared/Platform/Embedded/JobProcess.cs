using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Lace.Platform.Embedded;

/// <summary>The child process of one attempt at a job, and the files that tell how it ended.</summary>
/// <remarks>
/// A shell stands between, which writes output and exit code to files, so that a job outlives its host and is still
/// understood by the next one. It needs <c>/bin/sh</c>, so there are no jobs on Windows.
/// </remarks>
internal static class JobProcess
{
    private const int MaxReasonCharacters = 300;

    // The host's streams are let go, so that who waits for their end does not wait for the job. The exit code appears whole
    // or not at all.
    private const string Script = """
        f=$1; shift; exec >"$f/out" 2>"$f/err" </dev/null
        "$@"
        echo $? >"$f/exit.tmp" && mv "$f/exit.tmp" "$f/exit"
        """;

    /// <exception cref="Win32Exception">The shell could not be started.</exception>
    public static ProcessIdentity? Start(
        string folder,
        IEnumerable<string> command,
        IEnumerable<KeyValuePair<string, string>> environment
    )
    {
        Directory.CreateDirectory(folder);
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "lace-job", folder, .. command]);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        return ProcessIdentity.Find(process.Id);
    }

    /// <summary>Null while it runs and if it was killed.</summary>
    public static int? ExitCode(string folder)
    {
        var file = Path.Combine(folder, "exit");
        return
            File.Exists(file)
            && int.TryParse(
                File.ReadAllText(file).TrimEnd(),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var code
            )
            ? code
            : null;
    }

    /// <summary>The last line of standard error, shortened and without control characters.</summary>
    public static string LastError(string folder)
    {
        using var file = File.OpenHandle(Path.Combine(folder, "err"), share: FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        var tail = new byte[Math.Min(length, 4096)];
        var read = RandomAccess.Read(file, tail, length - tail.Length);
        var line = Encoding.UTF8.GetString(tail, 0, read).TrimEnd().Split('\n')[^1];
        var clean = string.Concat(line.Where(c => !char.IsControl(c) && !char.IsSurrogate(c))).Trim();
        return clean.Length <= MaxReasonCharacters ? clean : clean[..MaxReasonCharacters];
    }

    public static void KillTree(ProcessIdentity identity)
    {
        try
        {
            using var process = Process.GetProcessById(identity.Id);
            if (identity.IsAlive)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (ArgumentException)
        {
            // It has ended meanwhile.
        }
    }
}
