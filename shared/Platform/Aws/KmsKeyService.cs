using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;

namespace Lace.Platform.Aws;

/// <summary>A tenant's keys in KMS: one that wraps its data keys, and those that sign.</summary>
/// <remarks>
/// Which keys a tenant has stands in the item store, whose writes decide between rivals: the aliases of KMS are seen by others
/// only after a while. Every key is tagged with its tenant, and with the stage so that no role of one reaches a key of another.
/// A rotation gives the tenant's key new material, which KMS does 25 times at most for one key. A destruction schedules the
/// deletion of the keys: from then on they unwrap and sign nothing, and for the seven days that KMS insists on, an administrator
/// of the account could take it back.
/// </remarks>
/// <param name="stage">Value of the tag <see cref="StageTag"/>.</param>
/// <param name="items">Keeps the lists of keys.</param>
internal sealed partial class KmsKeyService(
    IAmazonKeyManagementService client,
    string stage,
    IItemStore items,
    AwsCalls calls,
    TimeProvider clock
) : IKeyService
{
    private const string TenantTag = "lace:tenant";
    private const string StageTag = "lace:alias";
    private const int DeletionDays = 7;
    private const int MaxContextBytes = 1024;
    private const int MaxWrappedBytes = 6144;

    public async Task<DataKey> GenerateDataKeyAsync(
        TenantId tenant,
        string context,
        CancellationToken cancellationToken = default
    )
    {
        Check(tenant, context);
        var request = new GenerateDataKeyRequest
        {
            KeyId =
                await FindTenantKeyAsync(tenant, cancellationToken)
                ?? await MakeTenantKeyAsync(tenant, cancellationToken),
            KeySpec = DataKeySpec.AES_256,
            EncryptionContext = ContextOf(tenant, context),
        };
        return await calls.RunAsync(
            "make a data key",
            async _ =>
            {
                var made = await client.GenerateDataKeyAsync(request, cancellationToken);
                return new DataKey(made.Plaintext.ToArray(), made.CiphertextBlob.ToArray());
            },
            cancellationToken
        );
    }

    public async Task<DataKey?> UnwrapDataKeyAsync(
        TenantId tenant,
        string context,
        ReadOnlyMemory<byte> wrapped,
        CancellationToken cancellationToken = default
    )
    {
        Check(tenant, context);
        if (
            wrapped.Length is 0 or > MaxWrappedBytes
            || await FindTenantKeyAsync(tenant, cancellationToken) is not { } key
        )
        {
            return null;
        }

        return await calls.RunAsync(
            "unwrap a data key",
            async _ =>
            {
                var request = new DecryptRequest
                {
                    KeyId = key,
                    CiphertextBlob = new MemoryStream(wrapped.ToArray(), writable: false),
                    EncryptionContext = ContextOf(tenant, context),
                };
                try
                {
                    var opened = await client.DecryptAsync(request, cancellationToken);
                    return new DataKey(opened.Plaintext.ToArray(), wrapped.ToArray());
                }
                catch (AmazonKeyManagementServiceException e) when (IsOfAnotherKey(e))
                {
                    return null;
                }
            },
            cancellationToken
        );
    }

    public async Task RotateAsync(TenantId tenant, CancellationToken cancellationToken = default)
    {
        Check(tenant, "");
        var key =
            await FindTenantKeyAsync(tenant, cancellationToken) ?? await MakeTenantKeyAsync(tenant, cancellationToken);
        // While a rotation of somebody else is under way, KMS refuses: a conflict, which is tried again.
        await calls.RunAsync(
            "rotate the key of a tenant",
            () => client.RotateKeyOnDemandAsync(new RotateKeyOnDemandRequest { KeyId = key }, cancellationToken),
            cancellationToken
        );
    }

    /// <remarks>Order: the deletion of every key, then the list that names it, so that what is stopped between can be done again.</remarks>
    public async Task DestroyAsync(TenantId tenant, CancellationToken cancellationToken = default)
    {
        Check(tenant, "");
        await DestroySigningKeysAsync(tenant, cancellationToken);
        if (await items.GetAsync(TenantKeyPlace(tenant), cancellationToken) is { } stored)
        {
            await ForgetAsync(stored.Document, cancellationToken);
            await items.WriteAsync(ItemWrite.Delete(stored), cancellationToken);
        }
    }

    /// <summary>Id of the tenant's key, or null where it has none.</summary>
    private async Task<string?> FindTenantKeyAsync(TenantId tenant, CancellationToken cancellationToken) =>
        (await items.GetAsync(TenantKeyPlace(tenant), cancellationToken))?.Document;

    private async Task<string> MakeTenantKeyAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var made = await MakeKeyAsync(tenant, KeySpec.SYMMETRIC_DEFAULT, "data keys", cancellationToken);
        if (await items.WriteAsync(ItemWrite.Create(TenantKeyPlace(tenant), made), cancellationToken))
        {
            return made;
        }

        await ForgetOwnAsync([made], cancellationToken);
        return await FindTenantKeyAsync(tenant, cancellationToken)
            ?? throw new StorageException($"The key of {tenant} was destroyed while it was made. Try again.");
    }

    /// <remarks>If the answer is lost, a key stays that nothing names; its tags and description tell an administrator so.</remarks>
    private Task<string> MakeKeyAsync(TenantId tenant, KeySpec spec, string use, CancellationToken cancellationToken)
    {
        var request = new CreateKeyRequest
        {
            KeySpec = spec,
            KeyUsage = spec == KeySpec.SYMMETRIC_DEFAULT ? KeyUsageType.ENCRYPT_DECRYPT : KeyUsageType.SIGN_VERIFY,
            Description = $"Lace: {use} of {tenant}",
            Tags =
            [
                new Tag { TagKey = TenantTag, TagValue = tenant.Value },
                new Tag { TagKey = StageTag, TagValue = stage },
            ],
        };
        return calls.RunAsync(
            "make a key",
            async _ => (await client.CreateKeyAsync(request, cancellationToken)).KeyMetadata.KeyId,
            cancellationToken
        );
    }

    /// <summary>The keys of who came second. A role that may not delete leaves them: nothing names them, their tags say what they are.</summary>
    private async Task ForgetOwnAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        try
        {
            await ForgetAllAsync(keys, cancellationToken);
        }
        catch (StorageException e)
            when (e.InnerException is AmazonKeyManagementServiceException { ErrorCode: "AccessDeniedException" })
        {
            return;
        }
    }

    private Task ForgetAsync(string key, CancellationToken cancellationToken) =>
        calls.RunAsync(
            "delete a key",
            async () =>
            {
                try
                {
                    await client.ScheduleKeyDeletionAsync(
                        new ScheduleKeyDeletionRequest { KeyId = key, PendingWindowInDays = DeletionDays },
                        cancellationToken
                    );
                }
                catch (Exception e) when (e is KMSInvalidStateException or NotFoundException)
                {
                    // It is being deleted already.
                    return;
                }
            },
            cancellationToken
        );

    /// <summary>Other bytes, another context, another key.</summary>
    private static bool IsOfAnotherKey(AmazonKeyManagementServiceException e) =>
        e is InvalidCiphertextException or IncorrectKeyException
        // So KMS speaks of bytes that name a key it does not know; a role that lacks the permission is named instead.
        || (
            e.ErrorCode == "AccessDeniedException"
            && e.Message.StartsWith("The ciphertext refers to", StringComparison.Ordinal)
        );

    private static ItemKey TenantKeyPlace(TenantId tenant) => new(tenant, KmsSigningKeys.Partition, "DATA");

    /// <remarks>The purpose has a word before it, because KMS refuses empty values.</remarks>
    private static Dictionary<string, string> ContextOf(TenantId tenant, string context) =>
        new(StringComparer.Ordinal) { ["tenant"] = tenant.Value, ["purpose"] = $"lace/{context}" };

    private static void Check(TenantId tenant, string context)
    {
        ItemLimits.CheckTenant(tenant);
        if (WellFormed.ByteCount(context, nameof(context)) > MaxContextBytes)
        {
            throw new ArgumentException($"A context has at most {MaxContextBytes} bytes.", nameof(context));
        }
    }
}
