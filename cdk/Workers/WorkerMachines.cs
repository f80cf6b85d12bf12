using Amazon.CDK.AWS.Batch;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.IAM;
using Constructs;
using Lace.Cdk.Data;

namespace Lace.Cdk.Workers;

/// <summary>The machines of workers: GPU instances from the spot market first, then at the list price; none where there is nothing to do.</summary>
internal sealed class WorkerMachines : Construct
{
    private const int DiskGibibytes = 100;

    private static readonly string[] Instances = ["g5.xlarge", "g5.2xlarge"];

    public WorkerMachines(Construct scope, DeploymentSettings settings, DataStack data)
        : base(scope, "Machines")
    {
        var template = Template(settings);
        var role = new Role(
            this,
            "Role",
            new RoleProps
            {
                RoleName = $"{settings.Stage.Prefix}-machine",
                AssumedBy = new ServicePrincipal("ec2.amazonaws.com"),
                Description = $"Lace Cloud {settings.Stage.Name}: machines that run workers",
                ManagedPolicies =
                [
                    ManagedPolicy.FromAwsManagedPolicyName("service-role/AmazonEC2ContainerServiceforEC2Role"),
                ],
            }
        );
        Spot = Environment("Spot", settings, data, template, role, spot: true);
        OnDemand = Environment("OnDemand", settings, data, template, role, spot: false);
    }

    public ManagedEc2EcsComputeEnvironment Spot { get; }

    public ManagedEc2EcsComputeEnvironment OnDemand { get; }

    private ManagedEc2EcsComputeEnvironment Environment(
        string id,
        DeploymentSettings settings,
        DataStack data,
        LaunchTemplate template,
        Role role,
        bool spot
    ) =>
        new(
            this,
            id,
            new ManagedEc2EcsComputeEnvironmentProps
            {
                Vpc = data.Network.Vpc,
                VpcSubnets = data.Network.Subnets,
                SecurityGroups = [data.Network.Workers],
                InstanceRole = role,
                InstanceTypes = [.. Instances.Select(name => new InstanceType(name))],
                UseOptimalInstanceClasses = false,
                Images = [Image(settings)],
                LaunchTemplate = template,
                MinvCpus = 0,
                MaxvCpus = settings.Stage.WorkerCpus,
                Spot = spot,
                AllocationStrategy = spot
                    ? AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED
                    : AllocationStrategy.BEST_FIT_PROGRESSIVE,
                UpdateToLatestImageVersion = true,
            }
        );

    private static EcsMachineImage Image(DeploymentSettings settings) =>
        new()
        {
            ImageType = EcsMachineImageType.ECS_AL2_NVIDIA,
            Image = settings.WorkerMachineImage is { } image
                ? MachineImage.GenericLinux(
                    new Dictionary<string, string>(StringComparer.Ordinal) { [DeploymentSettings.Region] = image }
                )
                : null,
        };

    /// <summary>
    /// Encrypted disk, credentials of the machine by token only, and where the image has NitroTPM the worker's user owns its device.
    /// </summary>
    private LaunchTemplate Template(DeploymentSettings settings)
    {
        var start = UserData.ForLinux();
        start.AddCommands("if [ -e /dev/tpmrm0 ]; then chown 10001 /dev/tpmrm0; fi");
        var parts = new MultipartUserData();
        parts.AddPart(MultipartBody.FromUserData(start));
        return new LaunchTemplate(
            this,
            "Template",
            new LaunchTemplateProps
            {
                RequireImdsv2 = true,
                HttpPutResponseHopLimit = 1,
                UserData = parts,
                BlockDevices =
                [
                    new BlockDevice
                    {
                        DeviceName = "/dev/xvda",
                        Volume = BlockDeviceVolume.Ebs(
                            DiskGibibytes,
                            new EbsDeviceOptions
                            {
                                Encrypted = true,
                                VolumeType = EbsDeviceVolumeType.GP3,
                                DeleteOnTermination = true,
                            }
                        ),
                    },
                ],
            }
        );
    }
}
