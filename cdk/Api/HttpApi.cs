using Amazon.CDK;
using Amazon.CDK.AWS.Apigatewayv2;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using Amazon.CDK.AWS.Logs;
using Constructs;
using Lace.Cdk.Data;
using Lace.Cdk.Functions;

namespace Lace.Cdk.Api;

/// <summary>The HTTP API: one integration a function, and the losses' way into the queue.</summary>
internal sealed class HttpApi : Construct
{
    /// <summary>Less than the functions' own time-out, so that the caller hears it from us.</summary>
    public const int TimeoutMilliseconds = 29_000;

    private static readonly string AccessFormat = string.Join(
        ',',
        new[]
        {
            "request_id:requestId",
            "time:requestTime",
            "method:httpMethod",
            "route:routeKey",
            "status:status",
            "latency:responseLatency",
            "integration_latency:integrationLatency",
            "integration_error:integrationErrorMessage",
            "bytes:responseLength",
        }.Select(field => field.Split(':') is [var name, var variable] ? $"\"{name}\":\"$context.{variable}\"" : "")
    );

    public HttpApi(
        Construct scope,
        DeploymentSettings settings,
        DataStack data,
        IReadOnlyDictionary<FunctionPlan, LaceFunction> functions
    )
        : base(scope, "Api")
    {
        var stage = settings.Stage;
        Api = new CfnApi(
            this,
            "Api",
            new CfnApiProps
            {
                Name = stage.Prefix,
                ProtocolType = "HTTP",
                Description = "Lace Cloud (docs/openapi.json)",
                // With a name of its own the API answers under that one only.
                DisableExecuteApiEndpoint = settings.Domain is not null && !settings.Firewall,
            }
        );
        Stage = new CfnStage(
            this,
            "Stage",
            new CfnStageProps
            {
                ApiId = Api.Ref,
                StageName = "$default",
                AutoDeploy = true,
                DefaultRouteSettings = new CfnStage.RouteSettingsProperty
                {
                    ThrottlingRateLimit = stage.RequestsPerSecond,
                    ThrottlingBurstLimit = stage.RequestsPerSecond * 2,
                    DetailedMetricsEnabled = true,
                },
                AccessLogSettings = new CfnStage.AccessLogSettingsProperty
                {
                    DestinationArn = AccessLog(stage, data).LogGroupArn,
                    Format = "{" + AccessFormat + "}",
                },
            }
        );
        var targets = functions
            .Values.Where(function => function.Plan.Trigger == Functions.Trigger.Http)
            .ToDictionary(function => function.Plan, Integrate);
        foreach (var (key, plan) in Routes.All)
        {
            AddRoute(key, targets[plan]);
        }

        _ = new LossRoute(this, Api, stage, data, functions[FunctionPlan.Authorizer]);
        _ = new CfnOutput(scope, "Url", new CfnOutputProps { Value = Url, Description = "LACE_BASE_URL of clients" });
    }

    public CfnApi Api { get; }

    public CfnStage Stage { get; }

    public string Url => Api.AttrApiEndpoint;

    private LogGroup AccessLog(Cdk.Stage stage, DataStack data) =>
        new(
            this,
            "AccessLog",
            new LogGroupProps
            {
                LogGroupName = $"/{stage.Prefix}/api",
                Retention = stage.LogRetention,
                EncryptionKey = data.Key,
                RemovalPolicy = DataStack.RemovalOf(stage),
            }
        );

    private CfnIntegration Integrate(LaceFunction function)
    {
        function.Live.AddPermission(
            "Api",
            new Permission
            {
                Principal = new ServicePrincipal("apigateway.amazonaws.com"),
                SourceArn = $"arn:aws:execute-api:{DeploymentSettings.Region}:{Aws.ACCOUNT_ID}:{Api.Ref}/*/*",
            }
        );
        return new CfnIntegration(
            this,
            $"{function.Plan.Name}-integration",
            new CfnIntegrationProps
            {
                ApiId = Api.Ref,
                IntegrationType = "AWS_PROXY",
                IntegrationUri = function.Live.FunctionArn,
                PayloadFormatVersion = "2.0",
                TimeoutInMillis = TimeoutMilliseconds,
            }
        );
    }

    private void AddRoute(string key, CfnIntegration target) =>
        _ = new CfnRoute(
            this,
            key,
            new CfnRouteProps
            {
                ApiId = Api.Ref,
                RouteKey = key,
                Target = $"integrations/{target.Ref}",
                AuthorizationType = "NONE",
            }
        );
}
