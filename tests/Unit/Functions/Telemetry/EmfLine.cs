using System.Text.Json;

namespace Lace.Tests.Functions.Telemetry;

/// <summary>Reads a metric by the rules of CloudWatch's Embedded Metric Format, as its specification states them.</summary>
/// <param name="Space">The namespace.</param>
/// <param name="In">The unit.</param>
/// <param name="Sets">The sets of dimensions, each with its values in the order of their names.</param>
internal sealed record EmfLine(
    string Space,
    string Named,
    string In,
    double Value,
    DateTimeOffset At,
    IReadOnlyList<string> Sets
)
{
    private static readonly string[] Units =
    [
        "Seconds",
        "Microseconds",
        "Milliseconds",
        "Bytes",
        "Kilobytes",
        "Megabytes",
        "Gigabytes",
        "Terabytes",
        "Bits",
        "Kilobits",
        "Megabits",
        "Gigabits",
        "Terabits",
        "Percent",
        "Count",
        "Bytes/Second",
        "Kilobytes/Second",
        "Megabytes/Second",
        "Gigabytes/Second",
        "Terabytes/Second",
        "Bits/Second",
        "Kilobits/Second",
        "Megabits/Second",
        "Gigabits/Second",
        "Terabits/Second",
        "Count/Second",
        "None",
    ];

    /// <summary>The metrics of a log, each line checked.</summary>
    public static IReadOnlyList<EmfLine> Of(string log) =>
        [
            .. log.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Where(root => root.TryGetProperty("_aws", out _))
                .Select(Read),
        ];

    private static EmfLine Read(JsonElement root)
    {
        Assert.Equal(JsonValueKind.Object, root.ValueKind);
        Assert.True(root.GetRawText().Length <= 1024 * 1024);
        var meta = root.GetProperty("_aws");
        Assert.Equal(["Timestamp", "CloudWatchMetrics"], meta.EnumerateObject().Select(member => member.Name));
        var at = DateTimeOffset.FromUnixTimeMilliseconds(meta.GetProperty("Timestamp").GetInt64());
        var directive = Assert.Single(meta.GetProperty("CloudWatchMetrics").EnumerateArray().ToArray());
        var space = directive.GetProperty("Namespace").GetString()!;
        Assert.InRange(space.Length, 1, 1024);
        var sets = directive.GetProperty("Dimensions").EnumerateArray().Select(set => ReadSet(root, set)).ToArray();
        Assert.NotEmpty(sets);
        var metric = Assert.Single(directive.GetProperty("Metrics").EnumerateArray().ToArray());
        var name = metric.GetProperty("Name").GetString()!;
        Assert.InRange(name.Length, 1, 1024);
        var unit = metric.GetProperty("Unit").GetString()!;
        Assert.Contains(unit, Units);
        var value = root.GetProperty(name);
        Assert.Equal(JsonValueKind.Number, value.ValueKind);
        return new EmfLine(space, name, unit, value.GetDouble(), at, sets);
    }

    private static string ReadSet(JsonElement root, JsonElement set)
    {
        var names = set.EnumerateArray().Select(name => name.GetString()!).ToArray();
        Assert.InRange(names.Length, 1, 30);
        Assert.Equal(names.Distinct().Count(), names.Length);
        return string.Join(
            ",",
            names.Select(name =>
            {
                // A dimension's value is a string at the root, under the dimension's name.
                var value = root.GetProperty(name).GetString()!;
                Assert.InRange(value.Length, 1, 1024);
                return $"{name}={value}";
            })
        );
    }
}
