using Lace.Evidence.Statements;
using Lace.Platform;
using Lace.Records.Notary;
using Lace.Records.Training;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Train;

/// <summary>A sealed artifact as a worker makes it, of any content.</summary>
internal static class MadeArtifact
{
    public static async Task<(string Id, SealedBlob Blob)> CreateAsync(
        LaceApp app,
        TenantId tenant,
        string clientId,
        byte[] content,
        string? name = null,
        Func<string, SealedBlob, Statement>? certificate = null
    )
    {
        var artifacts = app.Services.GetRequiredService<Artifacts>();
        var now = TimeProvider.System.GetUtcNow();
        var (id, blob, key) = await artifacts.SealAsync(tenant, now, stream => stream.Write(content));
        var artifact = new Artifact(
            id,
            clientId,
            name,
            Trainings.Model,
            blob,
            key,
            "0123456789abcdef",
            Step: 3,
            IncludesOptimizer: true,
            BaseDigest: null,
            Private: certificate is not null,
            History: null,
            DeclaredSteps: 0,
            now
        );
        var items = app.Services.GetRequiredService<IItemStore>();
        var signer = app.Services.GetRequiredService<StatementSigner>();
        var signed = certificate is null ? null : await signer.SignAsync(certificate(id, blob));
        Assert.True(await items.TransactAsync(artifacts.Keep(tenant, artifact, signed)));
        return (id, blob);
    }
}
