using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using Amazon.CDK.AWS.Logs;
using Constructs;

namespace Lace.Cdk.Functions;

/// <summary>One function with its role, its log and the alias <c>live</c>, which everything that calls it calls.</summary>
internal sealed class LaceFunction : Construct
{
    private const string AliasName = "live";

    /// <summary>Is an executable assembly, which speaks Lambda's Runtime API itself: no colon, no class.</summary>
    private const string Handler = "Lace.Functions";

    /// <summary>CDK 2.160 has no name for it.</summary>
    private static readonly Runtime DotNet10 = new(
        "dotnet10",
        RuntimeFamily.DOTNET_CORE,
        new LambdaRuntimeProps { SupportsSnapStart = true }
    );

    public LaceFunction(
        Construct scope,
        FunctionPlan plan,
        DeploymentSettings settings,
        Granting granting,
        AssetCode code,
        IDictionary<string, string> environment
    )
        : base(scope, plan.Name)
    {
        Plan = plan;
        var stage = settings.Stage;
        Log = new LogGroup(
            this,
            "Log",
            new LogGroupProps
            {
                LogGroupName = $"/{stage.Prefix}/{plan.Name}",
                Retention = stage.LogRetention,
                EncryptionKey = granting.Data.Key,
                RemovalPolicy = Data.DataStack.RemovalOf(stage),
            }
        );
        var role = new Role(
            this,
            "Role",
            new RoleProps
            {
                RoleName = $"{stage.Prefix}-{plan.Name}",
                AssumedBy = new ServicePrincipal("lambda.amazonaws.com"),
                Description = $"Lace Cloud {stage.Name}: the function {plan.Name}",
            }
        );
        role.AddToPolicy(Grants.Allow("WriteLog", [Log.LogGroupArn], "logs:CreateLogStream", "logs:PutLogEvents"));
        granting.Grant(role, plan.Rights);
        Function = new Function(
            this,
            "Function",
            new FunctionProps
            {
                FunctionName = $"{stage.Prefix}-{plan.Name}",
                Runtime = DotNet10,
                Handler = Handler,
                Code = code,
                Architecture = Architecture.X86_64,
                Role = role,
                MemorySize = plan.MemoryMegabytes,
                Timeout = Duration.Seconds(plan.TimeoutSeconds),
                ReservedConcurrentExecutions = settings.ReservesConcurrency ? plan.Concurrency : null,
                Environment = environment,
                SnapStart = settings.SnapStart && plan.IsAwaited ? SnapStartConf.ON_PUBLISHED_VERSIONS : null,
                LogGroup = Log,
                LoggingFormat = LoggingFormat.JSON,
                Tracing = Tracing.ACTIVE,
                // The clock comes again in a minute; nothing else calls asynchronously.
                RetryAttempts = plan.Trigger == Trigger.Schedule ? 0 : null,
            }
        );
        // Snapshots are made of versions, which the alias publishes.
        Annotations.Of(Function).AcknowledgeWarning("@aws-cdk/aws-lambda:snapStartRequirePublish");
        Live = new Alias(this, "Live", new AliasProps { AliasName = AliasName, Version = Function.CurrentVersion });
    }

    public FunctionPlan Plan { get; }

    public Function Function { get; }

    public Alias Live { get; }

    public LogGroup Log { get; }
}
