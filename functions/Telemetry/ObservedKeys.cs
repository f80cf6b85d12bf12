using Lace.Platform;

namespace Lace.Functions.Telemetry;

/// <summary>The key service with its calls in traces, and its failures counted. Which key or context is in no span.</summary>
internal sealed class ObservedKeys(IKeyService keys, Metrics metrics) : IKeyService
{
    private readonly ObservedCalls calls = new("keys", Metric.KeyFailures, metrics);

    public Task<DataKey> GenerateDataKeyAsync(
        TenantId tenant,
        string context,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("generate", () => keys.GenerateDataKeyAsync(tenant, context, cancellationToken));

    public Task<DataKey?> UnwrapDataKeyAsync(
        TenantId tenant,
        string context,
        ReadOnlyMemory<byte> wrapped,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("unwrap", () => keys.UnwrapDataKeyAsync(tenant, context, wrapped, cancellationToken));

    public Task RotateAsync(TenantId tenant, CancellationToken cancellationToken = default) =>
        calls.RunAsync("rotate", () => keys.RotateAsync(tenant, cancellationToken));

    public Task DestroyAsync(TenantId tenant, CancellationToken cancellationToken = default) =>
        calls.RunAsync("destroy", () => keys.DestroyAsync(tenant, cancellationToken));

    public Task<SigningPublicKey> GetSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("get signing", () => keys.GetSigningKeyAsync(tenant, name, algorithm, cancellationToken));

    public Task<IReadOnlyList<SigningPublicKey>> ListSigningKeysAsync(
        TenantId tenant,
        string name,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("list signing", () => keys.ListSigningKeysAsync(tenant, name, cancellationToken));

    public Task<byte[]?> SignAsync(
        TenantId tenant,
        string keyId,
        ReadOnlyMemory<byte> message,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("sign", () => keys.SignAsync(tenant, keyId, message, cancellationToken));

    public Task<SigningPublicKey> RotateSigningKeyAsync(
        TenantId tenant,
        string name,
        SigningAlgorithm algorithm,
        CancellationToken cancellationToken = default
    ) => calls.RunAsync("rotate signing", () => keys.RotateSigningKeyAsync(tenant, name, algorithm, cancellationToken));
}
