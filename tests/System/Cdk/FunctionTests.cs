using Lace.Cdk.Functions;
using Lace.Platform.Aws;

namespace Lace.SystemTests.Cdk;

/// <summary>The deployed functions and what they are told.</summary>
public sealed class FunctionTests
{
    public static TheoryData<string> Names => [.. FunctionPlan.All.Select(plan => plan.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Runs_the_common_program_on_the_managed_runtime(string name)
    {
        var function = Deployments.Production.Functions[name];

        Assert.Equal("dotnet10", function.Text("Runtime"));
        Assert.Equal("Lace.Functions", function.Text("Handler"));
        Assert.Equal("x86_64", function.GetProperty("Architectures")[0].GetString());
        Assert.Equal("JSON", function.At("LoggingConfig", "LogFormat")?.GetString());
        Assert.Equal($"<{name}Log>", LogOf(function));
        Assert.Equal("Active", function.At("TracingConfig", "Mode")?.GetString());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_environment_opens_the_platform(string name)
    {
        var variables = Deployments.Production.EnvironmentOf(name);

        // Lambda sets the region itself.
        var settings = AwsSettings.Read(variable =>
            variable == "AWS_REGION" ? "eu-west-1" : variables.GetValueOrDefault(variable)
        );

        Assert.NotNull(settings);
        Assert.Null(settings.Endpoint);
        Assert.Equal("alias/lace-prod", settings.KeyAlias);
        Assert.Equal("<Items>", settings.Table);
        Assert.Equal("<Blobs>", settings.Bucket);
    }

    [Theory]
    [InlineData("lossingest")]
    [InlineData("losses")]
    [InlineData("clock")]
    public void Who_serves_losses_is_told_their_queue(string name)
    {
        var variables = Deployments.Production.EnvironmentOf(name);
        var settings = AwsSettings.Read(variable =>
            variable == "AWS_REGION" ? "eu-west-1" : variables.GetValueOrDefault(variable)
        );

        Assert.Equal("<Losses>", settings!.QueueUrl("losses"));
        Assert.Equal("<LossesDead>", settings.DeadLetterUrl("losses"));
    }

    [Theory]
    [InlineData("attest", "attest", "http")]
    [InlineData("lossingest", "lossingest", "http")]
    [InlineData("losses", "lossingest", "sqs")]
    [InlineData("verify", "verify,log", "http")]
    [InlineData("report", "report", "http")]
    [InlineData("train", "train,privacy,audit", "http")]
    [InlineData("admin", "admin", "http")]
    [InlineData("clock", "log,audit,lossingest,train", "schedule")]
    [InlineData("authorizer", "none", "authorizer")]
    public void It_is_told_which_part_of_the_program_it_is(string name, string parts, string trigger)
    {
        var variables = Deployments.Production.EnvironmentOf(name);

        Assert.Equal(parts, variables["LACE_FUNCTIONS"]);
        Assert.Equal(trigger, variables["LACE_TRIGGER"]);
        Assert.Equal("prod", variables["LACE_STAGE"]);
    }

    [Fact]
    public void Only_known_variables_are_set()
    {
        string[] known =
        [
            "LACE_PLATFORM",
            "LACE_TABLE",
            "LACE_BUCKET",
            "LACE_KEY_ALIAS",
            "LACE_QUEUE_LOSSES",
            "LACE_QUEUE_LOSSES_DEAD",
            "LACE_JOB_QUEUE",
            "LACE_JOB_DEFINITION",
            "LACE_TRIGGER",
            "LACE_FUNCTIONS",
            "LACE_STAGE",
            "LACE_MODELS",
        ];

        Assert.Empty(
            FunctionPlan
                .All.SelectMany(plan => Deployments.Production.EnvironmentOf(plan.Name).Keys)
                .Distinct()
                .Except(known)
        );
    }

    [Theory]
    [InlineData("train")]
    [InlineData("clock")]
    public void Who_starts_workers_is_told_queue_and_definition(string name)
    {
        var variables = Deployments.Production.EnvironmentOf(name);
        var queues = Deployments
            .Production.OfType("AWS::Batch::JobQueue")
            .Select(queue => queue.Properties.Text("JobQueueName"));
        var definitions = Deployments
            .Production.OfType("AWS::Batch::JobDefinition")
            .Select(one => one.Properties.Text("JobDefinitionName"));

        Assert.Contains(variables["LACE_JOB_QUEUE"], queues);
        Assert.Contains(variables["LACE_JOB_DEFINITION"], definitions);
    }

    [Fact]
    public void The_api_gives_up_before_its_function()
    {
        var api = Deployments.Production.OfType("AWS::ApiGatewayV2::Integration");
        var functions = FunctionPlan
            .All.Where(plan => plan.Trigger == Trigger.Http)
            .Select(plan => Deployments.Production.Functions[plan.Name]);

        Assert.All(api, one => Assert.Equal(29_000, one.Properties.GetProperty("TimeoutInMillis").GetInt32()));
        Assert.All(functions, function => Assert.Equal(30, function.GetProperty("Timeout").GetInt32()));
    }

    [Fact]
    public void Concurrency_is_set_aside_and_leaves_the_account_a_hundred()
    {
        var reserved = Deployments.Production.Functions.Values.Sum(function =>
            function.GetProperty("ReservedConcurrentExecutions").GetInt32()
        );

        Assert.InRange(reserved, 1, 900);
        Assert.Equal(
            1,
            Deployments.Production.Functions["clock"].GetProperty("ReservedConcurrentExecutions").GetInt32()
        );
        Assert.All(
            Deployments.Of("stage=dev", "reserveConcurrency=false").Functions.Values,
            function => Assert.Null(function.At("ReservedConcurrentExecutions"))
        );
    }

    [Fact]
    public void Functions_that_somebody_waits_for_start_from_a_snapshot_in_production()
    {
        foreach (var plan in FunctionPlan.All)
        {
            var waits = plan.Trigger is Trigger.Http or Trigger.Authorizer;
            var applied = Deployments.Production.Functions[plan.Name].At("SnapStart", "ApplyOn")?.GetString();

            Assert.Equal(waits ? "PublishedVersions" : null, applied);
        }
    }

    [Fact]
    public void A_new_version_gets_a_tenth_first_and_goes_back_by_alarm()
    {
        var groups = Deployments.Production.OfType("AWS::CodeDeploy::DeploymentGroup");

        Assert.Equal(FunctionPlan.All.Count, groups.Count);
        foreach (var (id, group) in groups)
        {
            var expected = id.StartsWith("clock", StringComparison.Ordinal)
                ? "CodeDeployDefault.LambdaAllAtOnce"
                : "CodeDeployDefault.LambdaCanary10Percent5Minutes";
            Assert.Equal(expected, group.Text("DeploymentConfigName"));
            Assert.Equal(2, group.At("AlarmConfiguration", "Alarms")!.Value.GetArrayLength());
            Assert.Contains(
                "DEPLOYMENT_STOP_ON_ALARM",
                group.At("AutoRollbackConfiguration", "Events")!.Value.EnumerateArray().Select(one => one.GetString())
            );
        }
    }

    [Fact]
    public void Everything_calls_the_alias()
    {
        var integrations = Deployments
            .Production.OfType("AWS::ApiGatewayV2::Integration")
            .Where(one => one.Properties.At("IntegrationSubtype") is null);
        var mapping = Assert.Single(Deployments.Production.OfType("AWS::Lambda::EventSourceMapping")).Properties;

        Assert.All(
            integrations,
            one => Assert.EndsWith("Live>", one.Properties.Text("IntegrationUri"), StringComparison.Ordinal)
        );
        Assert.Equal("ReportBatchItemFailures", mapping.GetProperty("FunctionResponseTypes")[0].GetString());
        Assert.EndsWith(":live", TextOf(mapping.GetProperty("FunctionName")), StringComparison.Ordinal);
    }

    /// <summary>A joined value with what is only known once deployed left out.</summary>
    private static string TextOf(System.Text.Json.JsonElement joined) =>
        string.Concat(
            joined
                .GetProperty("Fn::Join")[1]
                .EnumerateArray()
                .Where(part => part.ValueKind == System.Text.Json.JsonValueKind.String)
                .Select(part => part.GetString())
        );

    private static string LogOf(System.Text.Json.JsonElement function) =>
        Lace.Cdk.Iam.Template.Text(function.At("LoggingConfig", "LogGroup")!.Value);
}
