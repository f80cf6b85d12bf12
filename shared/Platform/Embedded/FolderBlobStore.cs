using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Lace.Platform.Embedded;

/// <summary>Objects as files below a folder; the first level is the tenant. Several processes may use it.</summary>
/// <remarks>
/// A file is complete and flushed before it gets its name, and its folder is flushed before the call returns. The folders of
/// this class begin with a dot, which no tenant does.
/// </remarks>
internal sealed class FolderBlobStore : IBlobStore, IDisposable
{
    private const int MaxRemembered = 10_000;

    private readonly string root;
    private readonly DiskThreads disk;
    private readonly StagingFolder staging;
    private readonly FileLocks locks;
    private readonly ConcurrentDictionary<string, bool> durableFolders = new(StringComparer.Ordinal);

    public FolderBlobStore(string root, DiskThreads disk)
    {
        this.disk = disk;
        this.root = Path.GetFullPath(root);
        try
        {
            var lockFolder = Path.Combine(this.root, ".locks");
            Directory.CreateDirectory(lockFolder);
            locks = new FileLocks(lockFolder, 64);
            staging = StagingFolder.Open(Path.Combine(this.root, ".staging"));
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw StorageFailure.From($"open the blobs in {root}", e);
        }
    }

    public Task<bool> PutIfAbsentAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        CancellationToken cancellationToken = default
    ) =>
        AttemptAsync(
            "write",
            key,
            () =>
            {
                var path = PathOf(key);
                var added = false;
                if (!File.Exists(path))
                {
                    MakeFolder(Path.GetDirectoryName(path)!);
                    var staged = staging.Write(content.Span);
                    try
                    {
                        added = Folder.TryLink(staged, path);
                    }
                    finally
                    {
                        File.Delete(staged);
                    }
                }

                if (Directory.Exists(path))
                {
                    throw new IOException("other blobs lie below this path; choose another.");
                }

                // Also for the one who came second: what is there may be by a writer that has not flushed the name yet.
                Folder.Sync(Path.GetDirectoryName(path)!);
                return added;
            },
            cancellationToken
        );

    public Task<string?> ReplaceAsync(
        BlobKey key,
        ReadOnlyMemory<byte> content,
        string etag,
        CancellationToken cancellationToken = default
    ) =>
        AttemptAsync<string?>(
            "replace",
            key,
            () =>
            {
                ArgumentNullException.ThrowIfNull(etag);
                var path = PathOf(key);
                using var held = locks.Acquire(path, cancellationToken);
                if (ReadWhole(path) is not { } current || current.ETag != etag)
                {
                    return null;
                }

                var staged = staging.Write(content.Span);
                File.Move(staged, path, overwrite: true);
                Folder.Sync(Path.GetDirectoryName(path)!);
                return TagOf(content.Span);
            },
            cancellationToken
        );

    public Task<Blob?> GetAsync(BlobKey key, CancellationToken cancellationToken = default) =>
        AttemptAsync("read", key, () => ReadWhole(PathOf(key)), cancellationToken);

    public Task<ReadOnlyMemory<byte>?> GetRangeAsync(
        BlobKey key,
        long offset,
        int length,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return AttemptAsync("read", key, () => Read(PathOf(key), offset, length), cancellationToken);
    }

    public IAsyncEnumerable<string> ListAsync(
        TenantId tenant,
        string prefix,
        CancellationToken cancellationToken = default
    )
    {
        BlobPath.CheckPrefix(tenant, prefix);
        return List(Path.Combine(root, tenant.Value, prefix), prefix).ToAsyncEnumerable();
    }

    public Task DeleteAsync(BlobKey key, CancellationToken cancellationToken = default) =>
        AttemptAsync(
            "delete",
            key,
            () =>
            {
                var path = PathOf(key);
                // Else a replacement that has just compared the tag would bring the object back.
                using var held = locks.Acquire(path, cancellationToken);
                if (File.Exists(path))
                {
                    File.Delete(path);
                    Folder.Sync(Path.GetDirectoryName(path)!);
                }

                return true;
            },
            cancellationToken
        );

    public void Dispose() => staging.Dispose();

    private static string TagOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static Blob? ReadWhole(string path) =>
        Read(path, 0, Array.MaxLength) is { } content ? new Blob(content, TagOf(content.Span)) : null;

    /// <summary>An open file keeps its content, so a replacement meanwhile does no harm.</summary>
    private static ReadOnlyMemory<byte>? Read(string path, long offset, int length)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            var content = new byte[Math.Max(0, Math.Min(length, RandomAccess.GetLength(file) - offset))];
            for (var done = 0; done < content.Length; )
            {
                var read = RandomAccess.Read(file, content.AsSpan(done), offset + done);
                done += read > 0 ? read : throw new EndOfStreamException($"{path} became shorter while it was read.");
            }

            return content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Ordinal order of whole paths: a folder sorts as its name with the slash.</summary>
    private static IEnumerable<string> List(string folder, string prefix)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        var entries = new DirectoryInfo(folder)
            .GetFileSystemInfos()
            .Select(entry => (entry.FullName, Name: entry is DirectoryInfo ? entry.Name + "/" : entry.Name))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal);
        foreach (var (path, name) in entries)
        {
            if (!name.EndsWith('/'))
            {
                yield return prefix + name;
                continue;
            }

            foreach (var below in List(path, prefix + name))
            {
                yield return below;
            }
        }
    }

    private async Task<T> AttemptAsync<T>(
        string what,
        BlobKey key,
        Func<T> attempt,
        CancellationToken cancellationToken
    )
    {
        BlobPath.Check(key);
        try
        {
            return await disk.RunAsync(attempt, cancellationToken);
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw StorageFailure.From($"{what} blob {key.Path}", e);
        }
    }

    private string PathOf(BlobKey key) => Path.Combine(root, key.Tenant.Value, key.Path);

    /// <summary>Makes the folder and the names on the way to it durable, once a process: another may have made them and died.</summary>
    private void MakeFolder(string folder)
    {
        if (durableFolders.ContainsKey(folder))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        for (var name = folder; name != root; name = Path.GetDirectoryName(name)!)
        {
            Folder.Sync(Path.GetDirectoryName(name)!);
        }

        if (durableFolders.Count >= MaxRemembered)
        {
            durableFolders.Clear();
        }

        durableFolders.TryAdd(folder, true);
    }
}
