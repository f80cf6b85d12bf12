using System.Text.Json;
using Lace.Cdk.Api;
using Lace.Tests;

namespace Lace.SystemTests.Cdk;

/// <summary>Which function the API sends a request to, by the rules of API Gateway.</summary>
public sealed class RouteTests
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    /// <summary>Method, path and tag of each operation of docs/openapi.json.</summary>
    public static TheoryData<string, string, string> Operations
    {
        get
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(Path.Combine(SharedFolder.RepositoryRoot, "docs", "openapi.json"))
            );
            return
            [
                .. from path in document.RootElement.GetProperty("paths").EnumerateObject()
                from operation in path.Value.EnumerateObject()
                where Methods.Contains(operation.Name)
                select (
                    operation.Name.ToUpperInvariant(),
                    path.Name,
                    operation.Value.GetProperty("tags")[0].GetString()!
                ),
            ];
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_operation_of_the_document_reaches_the_function_that_maps_it(
        string method,
        string path,
        string tag
    )
    {
        var key = Choose(method, path);

        Assert.True(key is not null, $"No route takes {method} {path}.");
        if (key == Routes.Losses)
        {
            return;
        }

        var parts = Routes.All.Single(route => route.Key == key).Plan.Parts.Split(',');

        // Every function maps the routes of the host itself.
        Assert.True(tag == "Host" || parts.Contains(tag.ToLowerInvariant()), $"{method} {path} ({tag}) goes to {key}.");
    }

    [Theory]
    [InlineData("GET", "/api/v1/training_clients/tc-1")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("GET", "/lace-20261120-134501-x7k2p9")]
    [InlineData("GET", "/badge/run-1.svg")]
    [InlineData("POST", "/v1/verify")]
    public void What_the_document_does_not_show_is_routed_too(string method, string path) =>
        Assert.NotNull(Choose(method, path));

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/v2/runs")]
    [InlineData("GET", "/wp-admin/setup.php")]
    [InlineData("POST", "/health")]
    public void Anything_else_the_api_refuses_itself(string method, string path) => Assert.Null(Choose(method, path));

    [Fact]
    public void The_template_has_these_routes_and_no_others()
    {
        var deployed = Deployments
            .Production.OfType("AWS::ApiGatewayV2::Route")
            .Select(route => route.Properties.Text("RouteKey"));

        Assert.Equal(Routes.All.Select(route => route.Key).Append(Routes.Losses).Order(), deployed.Order());
    }

    [Fact]
    public void The_deployment_on_this_machine_has_the_same_routes_and_functions()
    {
        var emulated = Emulator.Deployment.Routes.Select(route => ($"{route.Method} {route.Pattern}", route.Function));

        Assert.Equal(
            Routes.All.Select(route => (route.Key, (string?)route.Plan.Name)).Append((Routes.Losses, null)).Order(),
            emulated.Order()
        );
        Assert.Equal(
            Lace.Cdk.Functions.FunctionPlan.All.Select(plan => plan.Name).Order(),
            Emulator.Deployment.Names.Order()
        );
    }

    [Fact]
    public void Losses_go_to_the_queue_as_they_are_and_are_answered_with_202()
    {
        var route = Deployments
            .Production.OfType("AWS::ApiGatewayV2::Route")
            .Single(one => one.Properties.Text("RouteKey") == Routes.Losses)
            .Properties;
        var integration = Deployments
            .Production.OfType("AWS::ApiGatewayV2::Integration")
            .Single(one => one.Properties.At("IntegrationSubtype") is not null)
            .Properties;

        Assert.Equal("CUSTOM", route.Text("AuthorizationType"));
        Assert.Equal("SQS-SendMessage", integration.Text("IntegrationSubtype"));
        Assert.Equal("<Losses>", Lace.Cdk.Iam.Template.Text(integration.At("RequestParameters", "QueueUrl")!.Value));
        Assert.Equal("$request.body", integration.At("RequestParameters", "MessageBody")?.GetString());
        var overwritten = integration.At("ResponseParameters", "200", "ResponseParameters")!.Value[0];
        Assert.Equal("overwrite:statuscode", overwritten.Text("Destination"));
        Assert.Equal("202", overwritten.Text("Source"));
    }

    [Fact]
    public void A_revoked_key_sends_losses_for_a_minute_at_most()
    {
        var authorizer = Assert.Single(Deployments.Production.OfType("AWS::ApiGatewayV2::Authorizer")).Properties;

        Assert.InRange(authorizer.GetProperty("AuthorizerResultTtlInSeconds").GetInt32(), 0, 60);
        Assert.Equal("2.0", authorizer.Text("AuthorizerPayloadFormatVersion"));
        Assert.True(authorizer.GetProperty("EnableSimpleResponses").GetBoolean());
    }

    [Fact]
    public void The_api_has_a_limit()
    {
        var settings = Assert
            .Single(Deployments.Production.OfType("AWS::ApiGatewayV2::Stage"))
            .Properties.GetProperty("DefaultRouteSettings");

        Assert.InRange(settings.GetProperty("ThrottlingRateLimit").GetInt32(), 1, 10_000);
        Assert.InRange(settings.GetProperty("ThrottlingBurstLimit").GetInt32(), 1, 5_000);
    }

    [Fact]
    public void A_firewall_of_the_region_stands_before_the_api_where_it_is_asked_for()
    {
        var front = Deployments.Everything;

        Assert.Equal("REGIONAL", Assert.Single(front.OfType("AWS::WAFv2::WebACL")).Properties.Text("Scope"));
        Assert.Single(front.OfType("AWS::WAFv2::WebACLAssociation"));
        Assert.Equal(
            "<FirewallFront>",
            Assert.Single(front.OfType("AWS::ApiGatewayV2::ApiMapping")).Properties.Text("ApiId")
        );
        Assert.Empty(Deployments.Production.OfType("AWS::WAFv2::WebACL"));
    }

    [Fact]
    public void With_a_name_of_its_own_the_api_has_no_other()
    {
        var named = Deployments.Of(
            "stage=prod",
            "domain=lace.example.org",
            "certificateArn=arn:aws:acm:eu-west-1:123456789012:certificate/5a0c6f5e-0000-0000-0000-000000000000"
        );

        Assert.True(
            Assert
                .Single(named.OfType("AWS::ApiGatewayV2::Api"))
                .Properties.GetProperty("DisableExecuteApiEndpoint")
                .GetBoolean()
        );
    }

    /// <summary>
    /// API Gateway's choice: a route of this method before one of any, and of those the one whose path is most specific; a
    /// greedy part is the least.
    /// </summary>
    private static string? Choose(string method, string path) =>
        Routes
            .All.Select(route => route.Key)
            .Append(Routes.Losses)
            .Select(key => (Key: key, Parts: key.Split(' ')))
            .Where(route => (route.Parts[0] == method || route.Parts[0] == "ANY") && Matches(route.Parts[1], path))
            .OrderBy(route => route.Parts[1].Contains("+}", StringComparison.Ordinal))
            .ThenBy(route => route.Parts[1].Count(c => c == '{'))
            .ThenBy(route => route.Parts[0] == "ANY")
            .Select(route => route.Key)
            .FirstOrDefault();

    private static bool Matches(string pattern, string path)
    {
        var (expected, found) = (pattern.Split('/'), path.Split('/'));
        for (var i = 0; i < expected.Length; i++)
        {
            if (i >= found.Length || found[i].Length == 0 && i > 0)
            {
                return false;
            }

            if (expected[i].EndsWith("+}", StringComparison.Ordinal))
            {
                return true;
            }

            if (!expected[i].StartsWith('{') && expected[i] != found[i])
            {
                return false;
            }
        }

        return expected.Length == found.Length;
    }
}
