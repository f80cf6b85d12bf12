using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.DynamoDB;
using Amazon.CDK.AWS.SQS;
using Lace.Cdk.Api;
using Lace.Cdk.Functions;

namespace Lace.Cdk.Operations;

/// <summary>The metrics that alarms and dashboard read, by the minute.</summary>
internal static class Metrics
{
    /// <summary>Of HTTP APIs: <c>Count</c>, <c>4xx</c>, <c>5xx</c>, <c>Latency</c>, <c>IntegrationLatency</c>.</summary>
    public static Metric Api(HttpApi api, string name, string statistic) =>
        Create("AWS/ApiGateway", name, statistic, ("ApiId", api.Api.Ref));

    /// <summary>Of every version that the alias leads to.</summary>
    public static Metric Function(LaceFunction function, string name, string statistic) =>
        Create(
            "AWS/Lambda",
            name,
            statistic,
            ("FunctionName", function.Function.FunctionName),
            ("Resource", $"{function.Function.FunctionName}:{function.Live.AliasName}")
        );

    public static Metric Queue(Queue queue, string name, string statistic) =>
        Create("AWS/SQS", name, statistic, ("QueueName", queue.QueueName));

    public static Metric Table(ITable table, string name) =>
        Create("AWS/DynamoDB", name, "Sum", ("TableName", table.TableName));

    public static Metric Rule(string name) => Create("AWS/Events", "MatchedEvents", "Sum", ("RuleName", name));

    /// <summary>What the functions count themselves, all of them together.</summary>
    public static Metric Own(Stage stage, string name, string statistic = "Sum") =>
        Create("Lace", name, statistic, ("Stage", stage.Name));

    private static Metric Create(
        string space,
        string name,
        string statistic,
        params (string Name, string Value)[] dimensions
    ) =>
        new(
            new MetricProps
            {
                Namespace = space,
                MetricName = name,
                Statistic = statistic,
                Period = Duration.Minutes(1),
                DimensionsMap = dimensions.ToDictionary(dimension => dimension.Name, dimension => dimension.Value),
            }
        );
}
