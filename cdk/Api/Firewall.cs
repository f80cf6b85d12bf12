using Amazon.CDK;
using Amazon.CDK.AWS.APIGateway;
using Amazon.CDK.AWS.WAFv2;
using Constructs;

namespace Lace.Cdk.Api;

/// <summary>
/// A web application firewall of the region. WAF takes no HTTP APIs, and CloudFront, which could stand before one, is no
/// service of a region: so a REST API stands before it that only passes on.
/// </summary>
/// <remarks>
/// Who knows the HTTP API's own address goes past it, and the application sees the front's addresses where it counts requests by
/// address (docs/operations.md, "Firewall").
/// </remarks>
internal sealed class Firewall : Construct
{
    /// <summary>Requests of one address in five minutes.</summary>
    private const int RequestsOfAddress = 10_000;

    /// <summary>Not the common rules: they refuse bodies over 8 KB, as every chunk is.</summary>
    private static readonly string[] RulesOfAws =
    [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
    ];

    public Firewall(Construct scope, Stage stage, string url)
        : base(scope, "Firewall")
    {
        const string Part = "proxy";
        Front = new RestApi(
            this,
            "Front",
            new RestApiProps
            {
                RestApiName = $"{stage.Prefix}-front",
                EndpointTypes = [EndpointType.REGIONAL],
                BinaryMediaTypes = ["*/*"],
                CloudWatchRole = false,
                DeployOptions = new StageOptions { StageName = stage.Name, TracingEnabled = true },
            }
        );
        Front
            .Root.AddResource($"{{{Part}+}}")
            .AddMethod(
                "ANY",
                new HttpIntegration(
                    $"{url}/{{{Part}}}",
                    new HttpIntegrationProps
                    {
                        HttpMethod = "ANY",
                        Proxy = true,
                        Options = new IntegrationOptions
                        {
                            Timeout = Duration.Millis(HttpApi.TimeoutMilliseconds),
                            RequestParameters = new Dictionary<string, string>(StringComparer.Ordinal)
                            {
                                [$"integration.request.path.{Part}"] = $"method.request.path.{Part}",
                            },
                        },
                    }
                ),
                new MethodOptions
                {
                    RequestParameters = new Dictionary<string, bool>(StringComparer.Ordinal)
                    {
                        [$"method.request.path.{Part}"] = true,
                    },
                }
            );
        Protect(stage);
    }

    public RestApi Front { get; }

    private void Protect(Stage stage)
    {
        var rules = RulesOfAws
            .Select((name, at) => OfAws(name, at + 1))
            .Append(
                new CfnWebACL.RuleProperty
                {
                    Name = "rate",
                    Priority = 0,
                    Action = new CfnWebACL.RuleActionProperty { Block = new CfnWebACL.BlockActionProperty() },
                    Statement = new CfnWebACL.StatementProperty
                    {
                        RateBasedStatement = new CfnWebACL.RateBasedStatementProperty
                        {
                            AggregateKeyType = "IP",
                            Limit = RequestsOfAddress,
                        },
                    },
                    VisibilityConfig = Visible("rate"),
                }
            )
            .ToArray();
        var list = new CfnWebACL(
            this,
            "Rules",
            new CfnWebACLProps
            {
                Name = stage.Prefix,
                Scope = "REGIONAL",
                DefaultAction = new CfnWebACL.DefaultActionProperty { Allow = new CfnWebACL.AllowActionProperty() },
                VisibilityConfig = Visible(stage.Prefix),
                Rules = rules,
            }
        );
        _ = new CfnWebACLAssociation(
            this,
            "Association",
            new CfnWebACLAssociationProps { WebAclArn = list.AttrArn, ResourceArn = Front.DeploymentStage.StageArn }
        );
    }

    private static CfnWebACL.RuleProperty OfAws(string name, int priority) =>
        new()
        {
            Name = name,
            Priority = priority,
            OverrideAction = new CfnWebACL.OverrideActionProperty { None = new Dictionary<string, object>() },
            Statement = new CfnWebACL.StatementProperty
            {
                ManagedRuleGroupStatement = new CfnWebACL.ManagedRuleGroupStatementProperty
                {
                    VendorName = "AWS",
                    Name = name,
                },
            },
            VisibilityConfig = Visible(name),
        };

    private static CfnWebACL.VisibilityConfigProperty Visible(string name) =>
        new()
        {
            CloudWatchMetricsEnabled = true,
            MetricName = name,
            SampledRequestsEnabled = false,
        };
}
