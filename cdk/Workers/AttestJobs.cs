using Amazon.CDK;
using Amazon.CDK.AWS.Batch;
using Amazon.CDK.AWS.IAM;
using Constructs;
using Lace.Cdk.Data;
using Lace.Cdk.Functions;

namespace Lace.Cdk.Workers;

/// <summary>Jobs that attest data in the bucket below <c>TENANT/data/</c>: an array job of a child a shard, and one that puts them together (docs/operations.md, "Attesting data in S3").</summary>
/// <remarks>No machines of ours: Fargate on spare capacity, paid by the second. A child that loses its place begins its shard again.</remarks>
internal sealed class AttestJobs : Construct
{
    private const int Cpus = 2;
    private const int MemoryGibibytes = 8;

    /// <summary>For the fingerprints of about 200 GB of text while they are put together.</summary>
    private const int DiskGibibytes = 50;

    public AttestJobs(Construct scope, DeploymentSettings settings, Granting granting)
        : base(scope, "Attest")
    {
        var (stage, data) = (settings.Stage, granting.Data);
        var environment = new FargateComputeEnvironment(
            this,
            "Environment",
            new FargateComputeEnvironmentProps
            {
                Vpc = data.Network.Vpc,
                VpcSubnets = data.Network.Subnets,
                SecurityGroups = [data.Network.Workers],
                MaxvCpus = stage.AttestCpus,
                Spot = true,
            }
        );
        _ = new JobQueue(
            this,
            "Queue",
            new JobQueueProps
            {
                JobQueueName = QueueName(stage),
                Priority = 1,
                ComputeEnvironments = [new OrderedComputeEnvironment { ComputeEnvironment = environment, Order = 1 }],
            }
        );
        var container = new EcsFargateContainerDefinition(
            this,
            "Container",
            new EcsFargateContainerDefinitionProps
            {
                Image = WorkerImage.Attester(this),
                Cpu = Cpus,
                Memory = Size.Gibibytes(MemoryGibibytes),
                EphemeralStorageSize = Size.Gibibytes(DiskGibibytes),
                AssignPublicIp = !settings.PrivateWorkers,
                FargatePlatformVersion = Amazon.CDK.AWS.ECS.FargatePlatformVersion.LATEST,
                JobRole = JobRole(stage, granting),
                Environment = Variables(stage, data),
                Logging = JobLog.Driver(JobLog.Create(this, stage, data.Key, "attest-jobs")),
            }
        );
        _ = new EcsJobDefinition(
            this,
            "Definition",
            new EcsJobDefinitionProps
            {
                JobDefinitionName = DefinitionName(stage),
                Container = container,
                PropagateTags = true,
                Timeout = Duration.Hours(12),
                RetryAttempts = 3,
            }
        );
    }

    public static string QueueName(Stage stage) => $"{stage.Prefix}-attest";

    public static string DefinitionName(Stage stage) => $"{stage.Prefix}-attest";

    private static Dictionary<string, string> Variables(Stage stage, DataStack data)
    {
        var variables = FunctionEnvironment.OfPlatform(stage, data);
        variables["AWS_REGION"] = DeploymentSettings.Region;
        return variables;
    }

    private Role JobRole(Stage stage, Granting granting)
    {
        var role = new Role(
            this,
            "Role",
            new RoleProps
            {
                RoleName = $"{stage.Prefix}-attest-job",
                AssumedBy = new ServicePrincipal("ecs-tasks.amazonaws.com"),
                Description = $"Lace Cloud {stage.Name}: jobs that attest shards",
            }
        );
        granting.Grant(
            role,
            [Right.ReadBlobs("*/data/*"), Right.WriteBlobs("*/shards/*"), Right.DeleteBlobs("*/shards/*")]
        );
        return role;
    }
}
