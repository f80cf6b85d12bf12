using System.Security.Cryptography;

namespace Lace.Platform.Embedded;

/// <summary>Key-encryption keys in files that only their owner may read, one file a tenant, and a second one for its signing keys.</summary>
/// <remarks>Several processes may use the folder. The files are read anew each time, so a rotation or a destruction counts at once everywhere.</remarks>
internal sealed partial class KeyFileService : IKeyService, IDisposable
{
    private readonly string folder;
    private readonly DiskThreads disk;
    private readonly TimeProvider clock;
    private readonly FileLocks locks;

    public KeyFileService(string folder, DiskThreads disk, TimeProvider clock)
    {
        this.disk = disk;
        this.clock = clock;
        this.folder = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(this.folder);
            locks = new FileLocks(this.folder, 1);
            SecretFile.Sweep(this.folder);
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
                return new DataKey(plaintext, WrappedKey.Wrap(KeyUse.Data, plaintext, keys, tenant, context));
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
                var plaintext = keys is null
                    ? null
                    : WrappedKey.Unwrap(KeyUse.Data, wrapped.Span, KeyFile.KeyBytes, keys, tenant, context);
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
                SecretFile.Destroy(SigningPathOf(tenant)); // first: it must not lie there without the keys that open it
                SecretFile.Destroy(PathOf(tenant));
                open.Close(tenant);
                return true;
            },
            cancellationToken
        );

    /// <summary>Under the lock. The old file's keys are in the new one, so its blocks hold nothing that is to be forgotten.</summary>
    private KeyFile Add(TenantId tenant, KeyFile? older)
    {
        var keys = KeyFile.WithNewKey(older);
        SecretFile.Replace(PathOf(tenant), keys.Content);
        return keys;
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
