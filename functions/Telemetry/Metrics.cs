using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Lace.Functions.Telemetry;

/// <summary>
/// Writes each value as a line of the log in CloudWatch's Embedded Metric Format, which CloudWatch makes metrics of. At once, and not
/// summed up here: Lambda may freeze or end the process after any answer.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html</remarks>
/// <param name="output">Must take whole lines from several threads.</param>
internal sealed class Metrics(TextWriter output, TelemetryLabels labels, TimeProvider clock)
{
    private const string Namespace = "Lace";

    /// <summary>Something happened so many times; nothing is written of what did not.</summary>
    public void Count(Metric metric, long times = 1)
    {
        if (times > 0)
        {
            Write(metric, times);
        }
    }

    /// <summary>A measured value. What is no number, and infinity, which JSON does not have, is left out.</summary>
    public void Record(Metric metric, double value)
    {
        if (double.IsFinite(value))
        {
            Write(metric, value);
        }
    }

    private void Write(Metric metric, double value)
    {
        var now = clock.GetUtcNow();
        var name = metric.ToString();
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", now);
            json.WriteString("level", nameof(LogLevel.Information));
            json.WriteString("event", "metric");
            if (Activity.Current is { } activity)
            {
                json.WriteString("trace_id", activity.TraceId.ToString());
            }

            WriteDirective(json, now, metric, name);
            json.WriteString("Stage", labels.Stage);
            json.WriteString("Function", labels.Function);
            json.WriteNumber(name, value);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteDirective(Utf8JsonWriter json, DateTimeOffset now, Metric metric, string name)
    {
        json.WriteStartObject("_aws");
        json.WriteNumber("Timestamp", now.ToUnixTimeMilliseconds());
        json.WriteStartArray("CloudWatchMetrics");
        json.WriteStartObject();
        json.WriteString("Namespace", Namespace);

        // The stage alone as well: an alarm then needs no name of a function.
        json.WriteStartArray("Dimensions");
        foreach (
            var set in (string[][])
                [
                    ["Stage"],
                    ["Function", "Stage"],
                ]
        )
        {
            json.WriteStartArray();
            foreach (var dimension in set)
            {
                json.WriteStringValue(dimension);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("Metrics");
        json.WriteStartObject();
        json.WriteString("Name", name);
        json.WriteString("Unit", metric.UnitOf());
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
