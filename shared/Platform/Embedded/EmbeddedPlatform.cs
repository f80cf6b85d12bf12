using System.Collections.Concurrent;

namespace Lace.Platform.Embedded;

/// <summary>The five ports on one folder: <c>items.db</c>, <c>queue-NAME.db</c>, <c>blobs/</c>, <c>keys/</c>, <c>jobs/</c>.</summary>
/// <remarks>Several processes may open the same folder, on one machine and a local file system.</remarks>
public sealed class EmbeddedPlatform : IPlatform
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string folder;
    private readonly TimeProvider clock;
    private readonly DiskThreads disk = new(16);
    private readonly SqliteItemStore items;
    private readonly FolderBlobStore blobs;
    private readonly KeyFileService keys;
    private readonly ConcurrentDictionary<string, Lazy<SqliteQueue>> queues = new(StringComparer.Ordinal);

    private EmbeddedPlatform(
        string folder,
        TimeProvider clock,
        IReadOnlyDictionary<string, IReadOnlyList<string>> programs
    )
    {
        this.folder = folder;
        this.clock = clock;
        try
        {
            items = new SqliteItemStore(Path.Combine(folder, "items.db"));
            blobs = new FolderBlobStore(Path.Combine(folder, "blobs"), disk);
            keys = new KeyFileService(Path.Combine(folder, "keys"), disk, clock);
            Jobs = new ProcessJobs(Path.Combine(folder, "jobs"), items, programs);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IItemStore Items => items;

    public IBlobStore Blobs => blobs;

    public IKeyService Keys => keys;

    public IJobs Jobs { get; }

    /// <summary>Opens the folder, and makes it, readable by its owner alone, if it is not there.</summary>
    /// <param name="programs">What jobs may run: by name, the file and its first arguments.</param>
    /// <exception cref="StorageException">The folder cannot be used; the message says why.</exception>
    public static EmbeddedPlatform Open(
        string folder,
        TimeProvider clock,
        IReadOnlyDictionary<string, IReadOnlyList<string>>? programs = null
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(clock);
        var path = Path.GetFullPath(folder);
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path, OwnerOnly);
            }
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw StorageFailure.From($"make the folder {path}", e);
        }

        return new EmbeddedPlatform(path, clock, programs ?? new Dictionary<string, IReadOnlyList<string>>());
    }

    /// <remarks>Made when first asked for.</remarks>
    public IQueue Queue(string name)
    {
        // The rule of a tenant's id is the rule here.
        var file = Path.Combine(folder, $"queue-{new TenantId(name)}.db");
        return queues.GetOrAdd(name, _ => new Lazy<SqliteQueue>(() => new SqliteQueue(file, clock))).Value;
    }

    /// <summary>Ends after what was asked for before is on the disk.</summary>
    public void Dispose()
    {
        foreach (var queue in queues.Values.Where(queue => queue.IsValueCreated))
        {
            queue.Value.Dispose();
        }

        disk.Dispose();
        // Where opening failed, not all are there.
        keys?.Dispose();
        blobs?.Dispose();
        items?.Dispose();
    }
}
