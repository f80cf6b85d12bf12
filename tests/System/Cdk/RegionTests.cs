using System.Text.RegularExpressions;
using Lace.Cdk;

namespace Lace.SystemTests.Cdk;

/// <summary>Nothing leaves eu-west-1: no resource, no ARN, no endpoint.</summary>
public sealed partial class RegionTests
{
    /// <summary>Services without a region, or whose resources lie in another one whatever the stack says.</summary>
    private static readonly string[] Global =
    [
        "AWS::CloudFront::",
        "AWS::Route53::",
        "AWS::GlobalAccelerator::",
        "AWS::Shield::",
        "AWS::CE::",
        "AWS::Organizations::",
    ];

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void No_text_of_a_template_names_another_region(string name)
    {
        foreach (var (stack, text) in Deployments.Named(name).Texts)
        {
            var named = RegionPattern().Matches(text).Select(match => match.Value).Distinct();
            Assert.Equal(stack + ": eu-west-1", stack + ": " + string.Join(", ", named));
        }
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void No_resource_belongs_to_a_global_service(string name)
    {
        var types =
            from template in Deployments.Named(name).Templates
            from resource in template.Root.GetProperty("Resources").EnumerateObject()
            select resource.Value.GetProperty("Type").GetString()!;

        Assert.DoesNotContain(types, type => Global.Any(service => type.StartsWith(service, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Nothing_is_copied_across_regions(string name)
    {
        var deployment = Deployments.Named(name);

        Assert.All(deployment.OfType("AWS::DynamoDB::Table"), table => Assert.Null(table.Properties.At("Replicas")));
        Assert.All(
            deployment.OfType("AWS::KMS::Key"),
            key => Assert.NotEqual("true", key.Properties.At("MultiRegion")?.GetRawText())
        );
        Assert.All(
            deployment.OfType("AWS::EFS::FileSystem"),
            files => Assert.Null(files.Properties.At("ReplicationConfiguration"))
        );
        Assert.All(
            deployment.OfType("AWS::ApiGatewayV2::DomainName"),
            domain =>
                Assert.Equal(
                    "REGIONAL",
                    domain.Properties.GetProperty("DomainNameConfigurations")[0].Text("EndpointType")
                )
        );
    }

    [Fact]
    public void Workers_call_the_same_region()
    {
        var worker = Deployments
            .Production.OfType("AWS::Batch::JobDefinition")
            .Single(one => one.Properties.Text("JobDefinitionName") == "lace-prod-worker");
        var variables = worker.Properties.At("ContainerProperties", "Environment")!.Value.EnumerateArray();

        Assert.Contains(
            variables,
            variable => variable.Text("Name") == "AWS_REGION" && variable.Text("Value") == "eu-west-1"
        );
    }

    [Fact]
    public void A_certificate_of_another_region_is_refused()
    {
        var refusal = Assert.Throws<DeploymentSettingException>(() =>
            Deployments.Of(
                "stage=prod",
                "domain=lace.example.org",
                "certificateArn=arn:aws:acm:us-east-1:1:certificate/x"
            )
        );

        Assert.Contains("eu-west-1", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>What an AWS region looks like.</summary>
    [GeneratedRegex(
        @"\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us|us-gov)-(?:central|north|south|east|west|northeast|northwest|southeast|southwest)-\d\b"
    )]
    private static partial Regex RegionPattern();
}
