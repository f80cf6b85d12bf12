using Amazon.CDK;
using Amazon.CDK.AWS.Apigatewayv2;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using Constructs;
using Lace.Cdk.Data;
using Lace.Cdk.Functions;

namespace Lace.Cdk.Api;

/// <summary>Losses go from the API into the queue without a function between: what was answered with 202 is stored in three places.</summary>
/// <remarks>
/// The authorizer knows the key; whose run it is, the segment's MAC says to the function that reads the queue. Its answer is
/// kept for a minute a key, which is how long a revoked key goes on here.
/// </remarks>
internal sealed class LossRoute : Construct
{
    /// <summary>How long an answer of the authorizer holds.</summary>
    public const int AuthorizedSeconds = 60;

    public LossRoute(Construct scope, CfnApi api, Stage stage, DataStack data, LaceFunction authorizer)
        : base(scope, "Losses")
    {
        var route = new CfnRoute(
            this,
            "Route",
            new CfnRouteProps
            {
                ApiId = api.Ref,
                RouteKey = Routes.Losses,
                Target = $"integrations/{Integration(api, stage, data).Ref}",
                AuthorizationType = "CUSTOM",
                AuthorizerId = Authorizer(api, authorizer).Ref,
            }
        );
        route.Node.AddDependency(authorizer.Live);
    }

    private CfnIntegration Integration(CfnApi api, Stage stage, DataStack data)
    {
        var role = new Role(
            this,
            "Role",
            new RoleProps
            {
                RoleName = $"{stage.Prefix}-api-losses",
                AssumedBy = new ServicePrincipal("apigateway.amazonaws.com"),
                Description = $"Lace Cloud {stage.Name}: the API puts losses on their queue",
            }
        );
        new Granting(Stack.Of(this), stage, data).Grant(role, [Right.SendLosses]);
        return new CfnIntegration(
            this,
            "Integration",
            new CfnIntegrationProps
            {
                ApiId = api.Ref,
                IntegrationType = "AWS_PROXY",
                IntegrationSubtype = "SQS-SendMessage",
                PayloadFormatVersion = "1.0",
                CredentialsArn = role.RoleArn,
                TimeoutInMillis = HttpApi.TimeoutMilliseconds,
                RequestParameters = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    ["QueueUrl"] = data.Losses.Queue.QueueUrl,
                    ["MessageBody"] = "$request.body",
                    ["Region"] = DeploymentSettings.Region,
                },
                // SQS says 200 with XML; the protocol says 202, and its clients read no body.
                ResponseParameters = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    ["200"] = new Dictionary<string, object>(StringComparer.Ordinal)
                    {
                        ["ResponseParameters"] = new[] { Parameter("overwrite:statuscode", "202") },
                    },
                },
            }
        );
    }

    private CfnAuthorizer Authorizer(CfnApi api, LaceFunction function)
    {
        var authorizer = new CfnAuthorizer(
            this,
            "Authorizer",
            new CfnAuthorizerProps
            {
                ApiId = api.Ref,
                Name = "api-key",
                AuthorizerType = "REQUEST",
                AuthorizerPayloadFormatVersion = "2.0",
                EnableSimpleResponses = true,
                AuthorizerResultTtlInSeconds = AuthorizedSeconds,
                IdentitySource = ["$request.header.Authorization", "$context.routeKey"],
                AuthorizerUri =
                    $"arn:aws:apigateway:{DeploymentSettings.Region}:lambda:path/2015-03-31/functions/{function.Live.FunctionArn}/invocations",
            }
        );
        function.Live.AddPermission(
            "Authorizer",
            new Permission
            {
                Principal = new ServicePrincipal("apigateway.amazonaws.com"),
                SourceArn =
                    $"arn:aws:execute-api:{DeploymentSettings.Region}:{Aws.ACCOUNT_ID}:{api.Ref}/authorizers/{authorizer.Ref}",
            }
        );
        return authorizer;
    }

    private static Dictionary<string, string> Parameter(string destination, string source) =>
        new(StringComparer.Ordinal) { ["Destination"] = destination, ["Source"] = source };
}
