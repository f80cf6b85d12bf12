using Amazon.CDK.AWS.Ecr.Assets;
using Amazon.CDK.AWS.ECS;
using Constructs;

namespace Lace.Cdk.Workers;

/// <summary>Container images, built by gpu-worker/Dockerfile from this checkout when the stack is deployed and kept in the region's registry.</summary>
internal static class WorkerImage
{
    /// <summary>What trains, on a GPU.</summary>
    public static ContainerImage Trainer(Construct scope, DeploymentSettings settings) =>
        Build(
            scope,
            "TrainerImage",
            target: null,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["LIBTORCH_URL"] = settings.LibtorchUrl }
        );

    /// <summary>What attests shards: the same program without libtorch.</summary>
    public static ContainerImage Attester(Construct scope) => Build(scope, "AttesterImage", "attest", null);

    private static ContainerImage Build(
        Construct scope,
        string id,
        string? target,
        Dictionary<string, string>? arguments
    ) =>
        ContainerImage.FromDockerImageAsset(
            new DockerImageAsset(
                scope,
                id,
                new DockerImageAssetProps
                {
                    Directory = Checkout.Root(),
                    File = "gpu-worker/Dockerfile",
                    Target = target,
                    BuildArgs = arguments,
                    Platform = Platform_.LINUX_AMD64,
                }
            )
        );
}
