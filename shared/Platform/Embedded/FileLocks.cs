namespace Lace.Platform.Embedded;

/// <summary>Locks by name across threads and processes; the operating system frees those of a process that dies.</summary>
/// <remarks>Names share a fixed number of lock files, so that their number does not grow. Never hold two at once.</remarks>
internal sealed class FileLocks(string folder, int count)
{
    private const int InUseOnLinux = 11; // EAGAIN of flock
    private const int InUseOnMac = 35;
    private const int InUseOnWindows = unchecked((int)0x80070020);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(3);

    private readonly SemaphoreSlim[] threads = [.. Enumerable.Range(0, count).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Waits, blocking the thread.</summary>
    public IDisposable Acquire(string name, CancellationToken cancellationToken)
    {
        var index = (int)((uint)StableHash(name) % (uint)count);
        threads[index].Wait(cancellationToken);
        try
        {
            return new Held(Open(Path.Combine(folder, $"{index:x2}.lock"), cancellationToken), threads[index]);
        }
        catch
        {
            threads[index].Release();
            throw;
        }
    }

    /// <summary>The file, open for this process alone, as soon as no other holds it.</summary>
    public static FileStream Open(string path, CancellationToken cancellationToken = default)
    {
        FileStream? file;
        while ((file = TryOpen(path)) is null)
        {
            cancellationToken.WaitHandle.WaitOne(Retry);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return file;
    }

    /// <summary>The file, open for this process alone; null while another holds it.</summary>
    public static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is InUseOnLinux or InUseOnMac or InUseOnWindows)
        {
            return null;
        }
    }

    /// <summary>The same in every process, which string.GetHashCode is not (FNV-1a).</summary>
    private static int StableHash(string name) =>
        name.Aggregate(unchecked((int)2166136261), (hash, c) => unchecked((hash ^ c) * 16777619));

    private sealed class Held(FileStream file, SemaphoreSlim thread) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            thread.Release();
        }
    }
}
