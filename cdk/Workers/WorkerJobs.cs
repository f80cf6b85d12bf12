using Amazon.CDK;
using Amazon.CDK.AWS.Batch;
using Amazon.CDK.AWS.IAM;
using Constructs;
using Lace.Cdk.Data;
using Lace.Cdk.Functions;

namespace Lace.Cdk.Workers;

/// <summary>The queue of training workers, and what a job of it is: one worker for one training client.</summary>
internal sealed class WorkerJobs : Construct
{
    private const string MountPath = "/files";
    private const int Cpus = 4;
    private const int MemoryMebibytes = 14_000;

    public WorkerJobs(Construct scope, DeploymentSettings settings, Granting granting)
        : base(scope, "Workers")
    {
        var (stage, data) = (settings.Stage, granting.Data);
        var machines = new WorkerMachines(this, settings, data);
        var queue = new JobQueue(
            this,
            "Queue",
            new JobQueueProps
            {
                JobQueueName = QueueName(stage),
                Priority = 1,
                ComputeEnvironments =
                [
                    new OrderedComputeEnvironment { ComputeEnvironment = machines.Spot, Order = 1 },
                    new OrderedComputeEnvironment { ComputeEnvironment = machines.OnDemand, Order = 2 },
                ],
            }
        );
        var log = JobLog.Create(this, stage, data.Key, "worker");
        var container = new EcsEc2ContainerDefinition(
            this,
            "Container",
            new EcsEc2ContainerDefinitionProps
            {
                Image = WorkerImage.Trainer(this, settings),
                Cpu = Cpus,
                Gpu = 1,
                Memory = Size.Mebibytes(MemoryMebibytes),
                User = "10001",
                ReadonlyRootFilesystem = false,
                JobRole = JobRole(settings, granting),
                Environment = Variables(stage, data),
                Volumes = [ModelVolume(data)],
                LinuxParameters = settings.WorkerMachineImage is null ? null : Tpm(),
                Logging = JobLog.Driver(log),
            }
        );
        // Only what took the machine away is tried again: a worker that fails says why, and the next one goes on from its state.
        _ = new EcsJobDefinition(
            this,
            "Definition",
            new EcsJobDefinitionProps
            {
                JobDefinitionName = DefinitionName(stage),
                Container = container,
                PropagateTags = true,
                Timeout = Duration.Hours(48),
                RetryAttempts = 5,
                RetryStrategies =
                [
                    RetryStrategy.Of(Amazon.CDK.AWS.Batch.Action.RETRY, Reason.SPOT_INSTANCE_RECLAIMED),
                    RetryStrategy.Of(
                        Amazon.CDK.AWS.Batch.Action.EXIT,
                        Reason.Custom(new CustomReason { OnReason = "*" })
                    ),
                ],
            }
        );
        QueueArn = queue.JobQueueArn;
    }

    public string QueueArn { get; }

    public static string QueueName(Stage stage) => $"{stage.Prefix}-workers";

    public static string DefinitionName(Stage stage) => $"{stage.Prefix}-worker";

    private static Dictionary<string, string> Variables(Stage stage, DataStack data)
    {
        var variables = FunctionEnvironment.OfPlatform(stage, data);
        variables["LACE_QUEUE_LOSSES"] = data.Losses.Queue.QueueUrl;
        variables["LACE_MODELS"] = $"{MountPath}/models";
        variables["LACE_DATASETS"] = $"{MountPath}/datasets";
        variables["LACE_DEVICE"] = "cuda";
        variables["AWS_REGION"] = DeploymentSettings.Region;
        return variables;
    }

    private Role JobRole(DeploymentSettings settings, Granting granting)
    {
        var role = new Role(
            this,
            "Role",
            new RoleProps
            {
                RoleName = $"{settings.Stage.Prefix}-worker",
                AssumedBy = new ServicePrincipal("ecs-tasks.amazonaws.com"),
                Description = $"Lace Cloud {settings.Stage.Name}: workers",
            }
        );
        granting.Grant(
            role,
            [
                Right.ReadAndWriteItems,
                Right.ReadBlobs("*/runs/*"),
                Right.WriteBlobs("*/training/*", "*/artifacts/*"),
                Right.DeleteBlobs("*/training/*", "*/artifacts/*"),
                Right.WrapKeys,
                Right.Sign,
                Right.SendLosses,
            ]
        );
        role.AddToPolicy(
            Grants.Allow(
                "MountModels",
                [granting.Data.Models.Files.FileSystemArn],
                ("StringEquals", "elasticfilesystem:AccessPointArn", granting.Data.Models.Access.AccessPointArn),
                "elasticfilesystem:ClientMount"
            )
        );
        return role;
    }

    private static EfsVolume ModelVolume(DataStack data) =>
        EcsVolume.Efs(
            new EfsVolumeOptions
            {
                Name = "files",
                FileSystem = data.Models.Files,
                AccessPointId = data.Models.Access.AccessPointId,
                EnableTransitEncryption = true,
                UseJobRole = true,
                ContainerPath = MountPath,
                Readonly = true,
            }
        );

    private LinuxParameters Tpm()
    {
        var parameters = new LinuxParameters(this, "Devices");
        parameters.AddDevices(
            new Device { HostPath = "/dev/tpmrm0", Permissions = [DevicePermission.READ, DevicePermission.WRITE] }
        );
        return parameters;
    }
}
