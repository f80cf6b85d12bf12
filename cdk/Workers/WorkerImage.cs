using Amazon.CDK.AWS.Ecr.Assets;
using Amazon.CDK.AWS.ECS;
using Constructs;

namespace Lace.Cdk.Workers;

/// <summary>Container images, built from this checkout when the stack is deployed and kept in the region's registry.</summary>
internal static class WorkerImage
{
    /// <summary>What trains: gpu-worker/Dockerfile.</summary>
    public static ContainerImage Trainer(Construct scope, DeploymentSettings settings) =>
        Build(
            scope,
            "TrainerImage",
            "gpu-worker/Dockerfile",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["LIBTORCH_URL"] = settings.LibtorchUrl }
        );

    /// <summary>What attests: client/cli/Dockerfile.</summary>
    public static ContainerImage Attester(Construct scope) =>
        Build(scope, "AttesterImage", "client/cli/Dockerfile", new Dictionary<string, string>(StringComparer.Ordinal));

    private static ContainerImage Build(
        Construct scope,
        string id,
        string file,
        Dictionary<string, string> arguments
    ) =>
        ContainerImage.FromDockerImageAsset(
            new DockerImageAsset(
                scope,
                id,
                new DockerImageAssetProps
                {
                    Directory = Checkout.Root(),
                    File = file,
                    BuildArgs = arguments,
                    Platform = Platform_.LINUX_AMD64,
                }
            )
        );
}
