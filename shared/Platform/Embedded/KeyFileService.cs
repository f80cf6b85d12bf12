using System.Security.Cryptography;

namespace Lace.Platform.Embedded;

/// <summary>Key-encryption keys in files that only their owner may read, one file a tenant.</summary>
/// <remarks>Several processes may use the folder. Nothing is cached, so a rotation or a destruction counts at once everywhere.</remarks>
internal sealed class KeyFileService : IKeyService
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string folder;
    private readonly DiskThreads disk;
    private readonly FileLocks locks;

    public KeyFileService(string folder, DiskThreads disk)
    {
        this.disk = disk;
        this.folder = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(this.folder);
            locks = new FileLocks(this.folder, 1);
            foreach (var left in Directory.GetFiles(this.folder, "*.destroyed"))
            {
                Overwrite(left);
            }
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw StorageFailure.From($"open the keys in {folder}", e);
        }
    }

    public Task<DataKey> GenerateDataKeyAsync(
        TenantId tenant,
        string context,
        CancellationToken cancellationToken = default
    ) =>
        AttemptAsync(
            "make a data key",
            tenant,
            context,
            () =>
            {
                using var held = locks.Acquire("", cancellationToken);
                using var keys = KeyFile.Read(PathOf(tenant)) ?? Add(tenant, null);
                var plaintext = RandomNumberGenerator.GetBytes(KeyFile.KeyBytes);
                return new DataKey(plaintext, WrappedKey.Wrap(plaintext, keys, tenant, context));
            },
            cancellationToken
        );

    public Task<DataKey?> UnwrapDataKeyAsync(
        TenantId tenant,
        string context,
        ReadOnlyMemory<byte> wrapped,
        CancellationToken cancellationToken = default
    ) =>
        AttemptAsync(
            "unwrap a data key",
            tenant,
            context,
            () =>
            {
                using var held = locks.Acquire("", cancellationToken);
                using var keys = KeyFile.Read(PathOf(tenant));
                var plaintext = keys is null ? null : WrappedKey.Unwrap(wrapped.Span, keys, tenant, context);
                return plaintext is null ? null : new DataKey(plaintext, wrapped.ToArray());
            },
            cancellationToken
        );

    public Task RotateAsync(TenantId tenant, CancellationToken cancellationToken = default) =>
        AttemptAsync(
            "rotate the key",
            tenant,
            "",
            () =>
            {
                using var held = locks.Acquire("", cancellationToken);
                using var older = KeyFile.Read(PathOf(tenant));
                Add(tenant, older).Dispose();
                return true;
            },
            cancellationToken
        );

    public Task DestroyAsync(TenantId tenant, CancellationToken cancellationToken = default) =>
        AttemptAsync(
            "destroy the keys",
            tenant,
            "",
            () =>
            {
                using var held = locks.Acquire("", cancellationToken);
                if (File.Exists(PathOf(tenant)))
                {
                    var destroyed = PathOf(tenant) + ".destroyed";
                    File.Move(PathOf(tenant), destroyed, overwrite: true);
                    Folder.Sync(folder);
                    Overwrite(destroyed);
                    Folder.Sync(folder);
                }

                return true;
            },
            cancellationToken
        );

    private KeyFile Add(TenantId tenant, KeyFile? older)
    {
        var keys = KeyFile.WithNewKey(older);
        Store(tenant, keys);
        return keys;
    }

    /// <summary>Under the lock. The old file's keys are in the new one, so its blocks hold nothing that is to be forgotten.</summary>
    private void Store(TenantId tenant, KeyFile keys)
    {
        var next = PathOf(tenant) + ".next";
        File.Delete(next);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var file = new FileStream(next, options))
        {
            file.Write(keys.Content);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, PathOf(tenant), overwrite: true);
        Folder.Sync(folder);
    }

    /// <summary>Zeros in place, then no file: a disk that does not move blocks forgets the keys.</summary>
    private static void Overwrite(string path)
    {
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(file, new byte[RandomAccess.GetLength(file)], 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Delete(path);
    }

    private async Task<T> AttemptAsync<T>(
        string what,
        TenantId tenant,
        string context,
        Func<T> attempt,
        CancellationToken cancellationToken
    )
    {
        ItemLimits.CheckTenant(tenant);
        WrappedKey.CheckContext(context);
        try
        {
            return await disk.RunAsync(attempt, cancellationToken);
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw StorageFailure.From($"{what} of {tenant} in {folder}", e);
        }
    }

    private string PathOf(TenantId tenant) => Path.Combine(folder, tenant.Value + ".kek");
}
