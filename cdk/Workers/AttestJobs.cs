using Amazon.CDK;
using Amazon.CDK.AWS.Batch;
using Amazon.CDK.AWS.IAM;
using Constructs;
using Lace.Cdk.Functions;

namespace Lace.Cdk.Workers;

/// <summary>Array jobs that attest data in S3: each child takes one shard, the last step joins them to the root that one machine would find.</summary>
/// <remarks>No machines of ours: Fargate on spare capacity, paid by the second. A child that loses its place begins its shard again.</remarks>
internal sealed class AttestJobs : Construct
{
    private const int Cpus = 2;
    private const int MemoryGibibytes = 8;

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
                AssignPublicIp = !settings.PrivateWorkers,
                FargatePlatformVersion = Amazon.CDK.AWS.ECS.FargatePlatformVersion.LATEST,
                JobRole = JobRole(settings, granting),
                Environment = FunctionEnvironment.OfPlatform(stage, data),
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

    private Role JobRole(DeploymentSettings settings, Granting granting)
    {
        var role = new Role(
            this,
            "Role",
            new RoleProps
            {
                RoleName = $"{settings.Stage.Prefix}-attest-job",
                AssumedBy = new ServicePrincipal("ecs-tasks.amazonaws.com"),
                Description = $"Lace Cloud {settings.Stage.Name}: jobs that attest shards",
            }
        );
        granting.Grant(role, [Right.ReadBlobs("*/shards/*"), Right.WriteBlobs("*/shards/*")]);
        if (settings.DatasetBuckets.Count > 0)
        {
            role.AddToPolicy(
                Grants.Allow(
                    "ReadDatasets",
                    [.. settings.DatasetBuckets.Select(bucket => $"arn:aws:s3:::{bucket}/*")],
                    "s3:GetObject"
                )
            );
            role.AddToPolicy(
                Grants.Allow(
                    "ListDatasets",
                    [.. settings.DatasetBuckets.Select(bucket => $"arn:aws:s3:::{bucket}")],
                    "s3:ListBucket"
                )
            );
        }

        return role;
    }
}
