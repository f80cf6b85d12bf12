using Amazon.CDK.AWS.CloudWatch;
using Constructs;
using Lace.Cdk.Api;
using Lace.Cdk.Data;
using Lace.Cdk.Functions;

namespace Lace.Cdk.Operations;

/// <summary>Four rows: traffic, errors, latency, queue and workers.</summary>
internal sealed class ServiceDashboard
{
    private const int Width = 8;
    private const int Height = 6;

    public ServiceDashboard(
        Construct scope,
        Stage stage,
        DataStack data,
        HttpApi api,
        IReadOnlyCollection<LaceFunction> functions
    )
    {
        IMetric[] Each(string name, string statistic) =>
            [.. functions.Select(function => Label(Metrics.Function(function, name, statistic), function.Plan.Name))];

        _ = new Dashboard(
            scope,
            "Dashboard",
            new DashboardProps
            {
                DashboardName = stage.Prefix,
                PeriodOverride = PeriodOverride.INHERIT,
                Widgets =
                [
                    [
                        Graph("Requests", Metrics.Api(api, "Count", "Sum")),
                        Graph("Calls", Each("Invocations", "Sum")),
                        Graph("Work", Metrics.Own(stage, "Attestations"), Metrics.Own(stage, "LossPoints")),
                    ],
                    [
                        Graph("Refusals and failures", Metrics.Api(api, "4xx", "Sum"), Metrics.Api(api, "5xx", "Sum")),
                        Graph(
                            "Calls without an answer, throttles",
                            [.. Each("Errors", "Sum"), .. Each("Throttles", "Sum")]
                        ),
                        Graph(
                            "What must be zero",
                            Metrics.Own(stage, "LogStopped"),
                            Metrics.Own(stage, "KeyFailures"),
                            Metrics.Own(stage, "StoreFailures"),
                            Metrics.Own(stage, "SignatureFailures")
                        ),
                    ],
                    [
                        Graph("Latency (ms)", Metrics.Api(api, "Latency", "p50"), Metrics.Api(api, "Latency", "p99")),
                        Graph("Duration p99 (ms)", Each("Duration", "p99")),
                        Graph("Verification (ms)", Metrics.Own(stage, "VerificationLatency", "p95")),
                    ],
                    [
                        Graph(
                            "Losses waiting",
                            Metrics.Queue(data.Losses.Queue, "ApproximateNumberOfMessagesVisible", "Maximum"),
                            Metrics.Queue(data.Losses.DeadLetters, "ApproximateNumberOfMessagesVisible", "Maximum")
                        ),
                        Graph(
                            "Age of the oldest (s)",
                            Metrics.Queue(data.Losses.Queue, "ApproximateAgeOfOldestMessage", "Maximum"),
                            Metrics.Own(stage, "QueueAge", "Maximum")
                        ),
                        Graph(
                            "Workers: failed jobs, refused steps",
                            Metrics.Rule($"{stage.Prefix}-jobs-failed"),
                            Metrics.Own(stage, "BudgetRefusals")
                        ),
                    ],
                ],
            }
        );
    }

    private static Metric Label(Metric metric, string name) => metric.With(new MetricOptions { Label = name });

    private static GraphWidget Graph(string title, params IMetric[] metrics) =>
        new(
            new GraphWidgetProps
            {
                Title = title,
                Left = metrics,
                Width = Width,
                Height = Height,
                Region = DeploymentSettings.Region,
            }
        );
}
