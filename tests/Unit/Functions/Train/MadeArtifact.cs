using Lace.Platform;
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
        string? name = null
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
            Private: false,
            History: null,
            DeclaredSteps: 0,
            now
        );
        var items = app.Services.GetRequiredService<IItemStore>();
        Assert.True(await items.TransactAsync(artifacts.Keep(tenant, artifact, null)));
        return (id, blob);
    }
}
