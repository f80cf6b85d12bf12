using Amazon.CDK.AWS.EC2;
using Constructs;

namespace Lace.Cdk.Data;

/// <summary>Where workers stand. The functions stand in no network of ours: they need none, and its gateways cost by the hour.</summary>
/// <remarks>
/// Nothing can connect to a worker. By default it has a public address, by which it reaches the services of the region over TLS; with
/// <c>privateWorkers</c> it has none, and endpoints in the network take its place, which cost about 8 dollars a month each and zone.
/// </remarks>
internal sealed class WorkerNetwork
{
    private const int Zones = 2;

    private static readonly (string Id, InterfaceVpcEndpointAwsService Service)[] Services =
    [
        ("Registry", InterfaceVpcEndpointAwsService.ECR),
        ("Images", InterfaceVpcEndpointAwsService.ECR_DOCKER),
        ("Ecs", InterfaceVpcEndpointAwsService.ECS),
        ("EcsAgent", InterfaceVpcEndpointAwsService.ECS_AGENT),
        ("EcsTelemetry", InterfaceVpcEndpointAwsService.ECS_TELEMETRY),
        ("Logs", InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS),
        ("Kms", InterfaceVpcEndpointAwsService.KMS),
        ("Sqs", InterfaceVpcEndpointAwsService.SQS),
        ("Files", InterfaceVpcEndpointAwsService.ELASTIC_FILESYSTEM),
    ];

    public WorkerNetwork(Construct scope, DeploymentSettings settings)
    {
        var kind = settings.PrivateWorkers ? SubnetType.PRIVATE_ISOLATED : SubnetType.PUBLIC;
        Vpc = new Vpc(
            scope,
            "Network",
            new VpcProps
            {
                IpAddresses = IpAddresses.Cidr("10.76.0.0/20"),
                MaxAzs = Zones,
                NatGateways = 0,
                RestrictDefaultSecurityGroup = false,
                SubnetConfiguration =
                [
                    new SubnetConfiguration
                    {
                        Name = "workers",
                        SubnetType = kind,
                        CidrMask = 23,
                        MapPublicIpOnLaunch = settings.PrivateWorkers ? null : true,
                    },
                ],
            }
        );
        Subnets = new SubnetSelection { SubnetType = kind };
        Workers = new SecurityGroup(
            scope,
            "Workers",
            new SecurityGroupProps
            {
                Vpc = Vpc,
                Description = "Workers: TLS out, nothing in",
                AllowAllOutbound = false,
            }
        );
        Workers.AddEgressRule(Peer.AnyIpv4(), Port.Tcp(443), "services of the region");
        foreach (
            var (id, service) in new[]
            {
                ("S3", GatewayVpcEndpointAwsService.S3),
                ("DynamoDb", GatewayVpcEndpointAwsService.DYNAMODB),
            }
        )
        {
            Vpc.AddGatewayEndpoint(id, new GatewayVpcEndpointOptions { Service = service });
        }

        if (settings.PrivateWorkers)
        {
            AddInterfaces();
        }
    }

    public Vpc Vpc { get; }

    public SubnetSelection Subnets { get; }

    public SecurityGroup Workers { get; }

    private void AddInterfaces()
    {
        foreach (var (id, service) in Services)
        {
            var endpoint = Vpc.AddInterfaceEndpoint(
                id,
                new InterfaceVpcEndpointOptions
                {
                    Service = service,
                    PrivateDnsEnabled = true,
                    Subnets = Subnets,
                    Open = false,
                }
            );
            endpoint.Connections.AllowFrom(Workers, Port.Tcp(443), "workers");
        }
    }
}
