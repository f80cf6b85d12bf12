using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.CloudWatch.Actions;
using Amazon.CDK.AWS.SNS;
using Amazon.CDK.AWS.SNS.Subscriptions;
using Constructs;
using Lace.Cdk.Api;
using Lace.Cdk.Data;
using Lace.Cdk.Functions;
using Lace.Cdk.Workers;

namespace Lace.Cdk.Operations;

/// <summary>The alarms. Each says in its description what it is about and where docs/operations.md says what to do.</summary>
internal sealed class Alarms : Construct
{
    private readonly Stage stage;
    private readonly SnsAction tell;
    private readonly Dictionary<LaceFunction, Alarm> errors = [];

    public Alarms(
        Construct scope,
        DeploymentSettings settings,
        DataStack data,
        HttpApi api,
        IReadOnlyCollection<LaceFunction> functions,
        WorkerJobs jobs
    )
        : base(scope, "Alarms")
    {
        stage = settings.Stage;
        Topic = new Topic(
            this,
            "Topic",
            new TopicProps
            {
                TopicName = $"{stage.Prefix}-alarms",
                MasterKey = data.Key,
                EnforceSSL = true,
            }
        );
        if (settings.AlarmEmail is { } address)
        {
            Topic.AddSubscription(new EmailSubscription(address));
        }

        tell = new SnsAction(Topic);
        ServerErrors = OfApi(api);
        OfFunctions(functions);
        OfQueue(data);
        OfRecords();
        OfJobs(jobs);
    }

    public Topic Topic { get; }

    /// <summary>Answers with 500 and above, whichever function gave them.</summary>
    public Alarm ServerErrors { get; }

    /// <summary>Calls of the function that ended without an answer.</summary>
    public Alarm ErrorsOf(LaceFunction function) => errors[function];

    private Alarm OfApi(HttpApi api)
    {
        Add(
            "api-latency",
            "The slowest hundredth of requests takes over 10 s",
            Metrics.Api(api, "Latency", "p99"),
            10_000,
            periods: 3
        );
        return Add("api-5xx", "More than 5 answers with 500 and above in a minute", Metrics.Api(api, "5xx", "Sum"), 5);
    }

    private void OfFunctions(IReadOnlyCollection<LaceFunction> functions)
    {
        foreach (var function in functions)
        {
            errors[function] = Add(
                $"errors-{function.Plan.Name}",
                $"Calls of {function.Plan.Name} end without an answer",
                Metrics.Function(function, "Errors", "Sum"),
                threshold: 0,
                anchor: "function-errors"
            );
            Add(
                $"throttles-{function.Plan.Name}",
                $"Calls of {function.Plan.Name} are refused, as its reserved concurrency is used up",
                Metrics.Function(function, "Throttles", "Sum"),
                threshold: 10,
                periods: 3,
                anchor: "throttles"
            );
        }
    }

    private void OfQueue(DataStack data)
    {
        Add(
            "dead-losses",
            "Segments that were accepted could not be stored",
            Metrics.Queue(data.Losses.DeadLetters, "ApproximateNumberOfMessagesVisible", "Maximum"),
            threshold: 0
        );
        Add(
            "losses-age",
            "A segment waits for over 10 minutes",
            Metrics.Queue(data.Losses.Queue, "ApproximateAgeOfOldestMessage", "Maximum"),
            threshold: 600
        );
        Add(
            "table-throttles",
            "The table refuses requests",
            Metrics.Table(data.Items, "ThrottledRequests"),
            threshold: 10,
            periods: 3
        );
    }

    /// <summary>By what the functions count themselves (docs/operations.md, "Metrics").</summary>
    private void OfRecords()
    {
        Add(
            "log-stopped",
            "The transparency log stopped: what is stored contradicts what it has shown",
            Metrics.Own(stage, "LogStopped"),
            0
        );
        Add("key-failures", "The key service refuses or fails", Metrics.Own(stage, "KeyFailures"), 5);
        Add("store-failures", "Table, bucket or queue fail", Metrics.Own(stage, "StoreFailures"), 20);
        Add(
            "signature-failures",
            "Segments or stored statements whose signature does not verify",
            Metrics.Own(stage, "SignatureFailures"),
            20
        );
        Add(
            "budget-refusals",
            "Steps refused, as they would exceed the privacy budget",
            Metrics.Own(stage, "BudgetRefusals"),
            20
        );
    }

    private void OfJobs(WorkerJobs jobs)
    {
        var failed = new FailedJobs(this, stage, jobs, Topic);
        Add("jobs-failed", "A worker's job failed", Metrics.Rule(failed.RuleName), threshold: 0);
    }

    private Alarm Add(
        string name,
        string what,
        IMetric metric,
        double threshold,
        int periods = 1,
        string? anchor = null
    )
    {
        var alarm = new Alarm(
            this,
            name,
            new AlarmProps
            {
                AlarmName = $"{stage.Prefix}-{name}",
                AlarmDescription = $"{what}. Runbook: docs/operations.md#alarm-{anchor ?? name}",
                Metric = metric,
                Threshold = threshold,
                ComparisonOperator = ComparisonOperator.GREATER_THAN_THRESHOLD,
                EvaluationPeriods = periods,
                TreatMissingData = TreatMissingData.NOT_BREACHING,
            }
        );
        alarm.AddAlarmAction(tell);
        alarm.AddOkAction(tell);
        return alarm;
    }
}
