using Lace.Cdk.Iam;

namespace Lace.SystemTests.Cdk;

/// <summary>Machines and jobs.</summary>
public sealed class WorkerTests
{
    [Fact]
    public void Machines_come_from_the_spot_market_first_and_none_stays()
    {
        var environments = Deployments.Production.OfType("AWS::Batch::ComputeEnvironment").ToArray();
        var queue = Deployments
            .Production.OfType("AWS::Batch::JobQueue")
            .Single(one => one.Properties.Text("JobQueueName") == "lace-prod-workers")
            .Properties;
        var order = queue
            .GetProperty("ComputeEnvironmentOrder")
            .EnumerateArray()
            .OrderBy(one => one.GetProperty("Order").GetInt32())
            .Select(one => one.Text("ComputeEnvironment"));

        Assert.Equal(["<WorkersMachinesSpot>", "<WorkersMachinesOnDemand>"], order);
        Assert.Equal(
            ["FARGATE_SPOT", "EC2", "SPOT"],
            environments
                .Select(one => one.Properties.At("ComputeResources", "Type")?.GetString())
                .OrderBy(type => type!.Length)
                .Reverse()
                .OrderBy(type => type == "SPOT")
        );
        Assert.All(
            environments.Where(one => one.Properties.At("ComputeResources", "Type")?.GetString() != "FARGATE_SPOT"),
            one => Assert.Equal(0, one.Properties.At("ComputeResources", "MinvCpus")?.GetInt32())
        );
    }

    [Fact]
    public void Only_the_loss_of_its_machine_starts_a_worker_s_job_again()
    {
        var retry = Definition("lace-prod-worker").GetProperty("RetryStrategy");
        var rules = retry.GetProperty("EvaluateOnExit").EnumerateArray().ToArray();

        Assert.Equal(["RETRY", "EXIT"], rules.Select(rule => rule.Text("Action").ToUpperInvariant()));
        Assert.StartsWith("Host EC2", rules[0].Text("OnStatusReason"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_has_a_gpu_and_its_models_read_only_and_is_not_root()
    {
        var container = Definition("lace-prod-worker").GetProperty("ContainerProperties");

        var resource = Assert.Single(
            container.GetProperty("ResourceRequirements").EnumerateArray(),
            one => one.Text("Type") == "GPU"
        );
        Assert.Equal("1", resource.Text("Value"));
        Assert.Equal("10001", container.Text("User"));
        Assert.True(
            Assert.Single(container.GetProperty("MountPoints").EnumerateArray()).GetProperty("ReadOnly").GetBoolean()
        );
        Assert.Equal(
            "ENABLED",
            container.GetProperty("Volumes")[0].At("EfsVolumeConfiguration", "TransitEncryption")?.GetString()
        );
        Assert.Null(container.At("LinuxParameters"));
    }

    [Fact]
    public void With_an_image_that_has_a_tpm_the_worker_sees_its_device()
    {
        var worker = Deployments
            .Everything.OfType("AWS::Batch::JobDefinition")
            .Single(one => one.Properties.Text("JobDefinitionName") == "lace-prod-worker")
            .Properties;
        var device = Assert.Single(
            worker.At("ContainerProperties", "LinuxParameters", "Devices")!.Value.EnumerateArray()
        );
        var images = Deployments
            .Everything.OfType("AWS::Batch::ComputeEnvironment")
            .Select(one => one.Properties.At("ComputeResources", "Ec2Configuration"))
            .OfType<System.Text.Json.JsonElement>()
            .Select(one => one[0].At("ImageIdOverride")?.GetString())
            .ToArray();

        Assert.Equal("/dev/tpmrm0", device.Text("HostPath"));
        Assert.Equal(2, images.Length);
        Assert.All(images, image => Assert.Equal("ami-0123456789abcdef0", image));
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Nothing_connects_to_a_worker(string name)
    {
        var groups = Deployments
            .Named(name)
            .OfType("AWS::EC2::SecurityGroup")
            .Where(one => one.Id.StartsWith("Workers", StringComparison.Ordinal));

        var group = Assert.Single(groups).Properties;
        Assert.Null(group.At("SecurityGroupIngress"));
        Assert.All(
            group.GetProperty("SecurityGroupEgress").EnumerateArray(),
            rule => Assert.Contains(rule.GetProperty("ToPort").GetInt32(), new[] { 443, 2049 })
        );
    }

    [Fact]
    public void Private_workers_have_no_way_out_but_the_endpoints()
    {
        Assert.Empty(Deployments.Everything.OfType("AWS::EC2::InternetGateway"));
        Assert.Empty(Deployments.Everything.OfType("AWS::EC2::NatGateway"));
        Assert.Contains(
            Deployments.Everything.OfType("AWS::EC2::VPCEndpoint"),
            endpoint =>
                Template.Text(endpoint.Properties.GetProperty("ServiceName")).EndsWith("kms", StringComparison.Ordinal)
        );
        Assert.Empty(Deployments.Production.OfType("AWS::EC2::NatGateway"));
    }

    private static System.Text.Json.JsonElement Definition(string name) =>
        Deployments
            .Production.OfType("AWS::Batch::JobDefinition")
            .Single(one => one.Properties.Text("JobDefinitionName") == name)
            .Properties;
}
