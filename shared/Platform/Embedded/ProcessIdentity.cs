using System.Diagnostics;
using System.Globalization;

namespace Lace.Platform.Embedded;

/// <summary>A process that cannot be mistaken for a later one with the same number: the number and when it started.</summary>
internal sealed record ProcessIdentity(int Id, string Started)
{
    private static readonly Lazy<ProcessIdentity> CurrentProcess = new(() =>
        Find(Environment.ProcessId) ?? throw new InvalidOperationException("This process does not find itself.")
    );

    public static ProcessIdentity Current => CurrentProcess.Value;

    public bool IsAlive => Find(Id) == this;

    /// <summary>Null if no such process runs; a zombie does not run.</summary>
    public static ProcessIdentity? Find(int id) => OperatingSystem.IsLinux() ? FindOnLinux(id) : FindElsewhere(id);

    /// <summary>Boot and clock ticks since it: the wall clock, which .NET computes from them, may be set meanwhile.</summary>
    private static ProcessIdentity? FindOnLinux(int id)
    {
        try
        {
            // proc(5): "pid (name) state …"; the name may hold anything, so count from its last parenthesis.
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return fields[0] is "Z" or "X" ? null : new ProcessIdentity(id, $"{boot}/{fields[19]}");
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static ProcessIdentity? FindElsewhere(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            var started = process.StartTime.ToUniversalTime().ToString("s", CultureInfo.InvariantCulture);
            return process.HasExited ? null : new ProcessIdentity(id, started);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}
