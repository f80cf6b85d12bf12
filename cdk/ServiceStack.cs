using Amazon.CDK;
using Amazon.CDK.AWS.CodeDeploy;
using Amazon.CDK.AWS.Events;
using Amazon.CDK.AWS.Events.Targets;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using Amazon.CDK.AWS.Lambda.EventSources;
using Constructs;
using Lace.Cdk.Api;
using Lace.Cdk.Data;
using Lace.Cdk.Functions;
using Lace.Cdk.Operations;
using Lace.Cdk.Workers;

namespace Lace.Cdk;

/// <summary>What can be made again at any time: functions, API, workers, and what watches them.</summary>
internal sealed class ServiceStack : Stack
{
    /// <summary>Messages that a call takes together: those of one run cost one blob and one transaction.</summary>
    private const int LossBatch = 100;

    public ServiceStack(Construct scope, string id, DeploymentSettings settings, DataStack data, IStackProps props)
        : base(scope, id, props)
    {
        var granting = new Granting(this, settings.Stage, data);
        var functions = CreateFunctions(settings, granting);
        var api = new HttpApi(this, settings, data, functions);
        var front = settings.Firewall ? new Firewall(this, settings.Stage, api.Url).Front : null;
        if (settings.Domain is { } domain)
        {
            _ = new OwnDomain(
                this,
                domain,
                front?.RestApiId ?? api.Api.Ref,
                front?.DeploymentStage.StageName ?? api.Stage.Ref
            );
        }

        ConnectLosses(functions[FunctionPlan.Losses], settings, data);
        ConnectClock(functions[FunctionPlan.Clock], settings.Stage);
        var jobs = new WorkerJobs(this, settings, granting);
        _ = new AttestJobs(this, settings, granting);
        var alarms = new Alarms(this, settings, data, api, functions.Values, jobs);
        ShiftSlowly(functions.Values, settings.Stage, alarms);
        _ = new ServiceDashboard(this, settings.Stage, data, api, functions.Values);
        _ = new MonthlyBudget(this, settings);
        _ = new OperatorPolicy(this, settings.Stage, granting);
    }

    private Dictionary<FunctionPlan, LaceFunction> CreateFunctions(DeploymentSettings settings, Granting granting)
    {
        var code = Code.FromAsset(settings.FunctionFolder);
        return FunctionPlan.All.ToDictionary(
            plan => plan,
            plan => new LaceFunction(
                this,
                plan,
                settings,
                granting,
                code,
                FunctionEnvironment.Of(plan, settings.Stage, granting.Data)
            )
        );
    }

    private static void ConnectLosses(LaceFunction function, DeploymentSettings settings, DataStack data) =>
        function.Live.AddEventSourceMapping(
            "Losses",
            new EventSourceMappingOptions
            {
                EventSourceArn = data.Losses.Queue.QueueArn,
                BatchSize = LossBatch,
                MaxBatchingWindow = Duration.Seconds(1),
                ReportBatchItemFailures = true,
                MaxConcurrency = settings.ReservesConcurrency ? function.Plan.Concurrency : 2,
            }
        );

    private void ConnectClock(LaceFunction function, Stage stage) =>
        _ = new Rule(
            this,
            "EveryMinute",
            new RuleProps
            {
                RuleName = $"{stage.Prefix}-clock",
                Description = "What the local host does in the background: batches of the log, audit heads, workers",
                Schedule = Schedule.Rate(Duration.Minutes(1)),
                Targets = [new LambdaFunction(function.Live, new LambdaFunctionProps { RetryAttempts = 0 })],
            }
        );

    /// <summary>A new version gets a tenth of the calls first, and none where an alarm rings meanwhile.</summary>
    private void ShiftSlowly(IEnumerable<LaceFunction> functions, Stage stage, Alarms alarms)
    {
        var application = new LambdaApplication(
            this,
            "Deployments",
            new LambdaApplicationProps { ApplicationName = stage.Prefix }
        );
        var role = new Role(
            this,
            "DeploymentRole",
            new RoleProps
            {
                RoleName = $"{stage.Prefix}-deployments",
                AssumedBy = new ServicePrincipal("codedeploy.amazonaws.com"),
                Description = $"Lace Cloud {stage.Name}: moves aliases to new versions and back",
                ManagedPolicies =
                [
                    ManagedPolicy.FromAwsManagedPolicyName("service-role/AWSCodeDeployRoleForLambdaLimited"),
                ],
            }
        );
        foreach (var function in functions)
        {
            _ = new LambdaDeploymentGroup(
                function,
                "Deployment",
                new LambdaDeploymentGroupProps
                {
                    Application = application,
                    Role = role,
                    Alias = function.Live,
                    // The clock runs once a minute, so a tenth of it is nothing to judge by.
                    DeploymentConfig =
                        stage.Shifts && function.Plan.Trigger != Functions.Trigger.Schedule
                            ? LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES
                            : LambdaDeploymentConfig.ALL_AT_ONCE,
                    Alarms = [alarms.ServerErrors, alarms.ErrorsOf(function)],
                    AutoRollback = new AutoRollbackConfig { FailedDeployment = true, DeploymentInAlarm = true },
                }
            );
        }
    }
}
