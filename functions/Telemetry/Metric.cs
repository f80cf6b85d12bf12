namespace Lace.Functions.Telemetry;

/// <summary>Everything that is measured, by the names of the dashboard and the alarms (docs/operations.md, "Metrics").</summary>
internal enum Metric
{
    Attestations,
    LossPoints,
    VerificationLatency,
    EpsilonSpent,
    QueueAge,
    SignatureFailures,
    BudgetRefusals,
    QuotaRefusals,
    Throttles,
    LogStopped,
    StoreFailures,
    KeyFailures,
}

internal static class MetricUnits
{
    /// <summary>CloudWatch's word for the unit.</summary>
    public static string UnitOf(this Metric metric) =>
        metric switch
        {
            Metric.VerificationLatency => "Milliseconds",
            Metric.QueueAge => "Seconds",
            Metric.EpsilonSpent => "None",
            _ => "Count",
        };
}
