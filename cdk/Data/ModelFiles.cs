using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.EFS;
using Amazon.CDK.AWS.KMS;
using Constructs;
using FileSystem = Amazon.CDK.AWS.EFS.FileSystem;

namespace Lace.Cdk.Data;

/// <summary>The operator's models and datasets, which workers mount and cannot write: folders <c>models</c> and <c>datasets</c>.</summary>
internal sealed class ModelFiles
{
    /// <summary>User and group of the worker in its image (gpu-worker/Dockerfile).</summary>
    private const string WorkerId = "10001";

    public ModelFiles(Construct scope, Stage stage, IKey key, WorkerNetwork network)
    {
        Files = new FileSystem(
            scope,
            "Models",
            new FileSystemProps
            {
                Vpc = network.Vpc,
                VpcSubnets = network.Subnets,
                Encrypted = true,
                KmsKey = key,
                EnableAutomaticBackups = stage.KeepsData,
                LifecyclePolicy = LifecyclePolicy.AFTER_30_DAYS,
                ThroughputMode = ThroughputMode.ELASTIC,
                AllowAnonymousAccess = false,
                RemovalPolicy = DataStack.RemovalOf(stage),
            }
        );
        Files.Connections.AllowFrom(network.Workers, Port.Tcp(2049), "workers");
        network.Workers.AddEgressRule(Peer.Ipv4(network.Vpc.VpcCidrBlock), Port.Tcp(2049), "model files");
        Access = new AccessPoint(
            scope,
            "ModelAccess",
            new AccessPointProps
            {
                FileSystem = Files,
                Path = "/lace",
                PosixUser = new PosixUser { Uid = WorkerId, Gid = WorkerId },
                CreateAcl = new Acl
                {
                    OwnerUid = WorkerId,
                    OwnerGid = WorkerId,
                    Permissions = "0755",
                },
            }
        );
    }

    public FileSystem Files { get; }

    public AccessPoint Access { get; }
}
