using System.Text.RegularExpressions;
using Lace.Cdk.Functions;
using Lace.Cdk.Iam;
using Lace.Tests;

namespace Lace.SystemTests.Cdk;

/// <summary>What is watched, and that somebody is told what to do.</summary>
public sealed partial class AlarmTests
{
    private static readonly string Operations = File.ReadAllText(
        Path.Combine(SharedFolder.RepositoryRoot, "docs", "operations.md")
    );

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Each_alarm_leads_to_a_place_in_the_runbook(string name)
    {
        var anchors = Anchors().ToHashSet(StringComparer.Ordinal);
        var alarms = Deployments.Named(name).OfType("AWS::CloudWatch::Alarm");

        Assert.NotEmpty(alarms);
        Assert.All(
            alarms,
            alarm =>
            {
                var anchor = RunbookPattern().Match(alarm.Properties.Text("AlarmDescription")).Groups[1].Value;
                Assert.True(
                    anchors.Contains(anchor),
                    $"{alarm.Properties.Text("AlarmName")} leads to '#{anchor}', which docs/operations.md has not."
                );
            }
        );
    }

    [Fact]
    public void Each_place_in_the_runbook_has_its_alarm()
    {
        var named = Deployments
            .Production.OfType("AWS::CloudWatch::Alarm")
            .Select(alarm => RunbookPattern().Match(alarm.Properties.Text("AlarmDescription")).Groups[1].Value);

        Assert.Empty(Anchors().Where(anchor => anchor.StartsWith("alarm-", StringComparison.Ordinal)).Except(named));
    }

    [Fact]
    public void Every_dead_letter_queue_has_an_alarm_at_the_first_message()
    {
        var targets = Deployments
            .Production.OfType("AWS::SQS::Queue")
            .Select(queue => queue.Properties.At("RedrivePolicy", "deadLetterTargetArn"))
            .OfType<System.Text.Json.JsonElement>()
            .Select(Template.Text)
            .ToArray();

        Assert.NotEmpty(targets);
        Assert.All(
            targets,
            queue =>
                Assert.Contains(
                    AlarmsOf("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
                    alarm => DimensionOf(alarm, "QueueName") == queue && alarm.GetProperty("Threshold").GetDouble() == 0
                )
        );
    }

    [Fact]
    public void Every_function_has_alarms_for_errors_and_throttles()
    {
        foreach (var metric in (string[])["Errors", "Throttles"])
        {
            Assert.Equal(
                FunctionPlan.All.Select(plan => $"<{plan.Name}Function>").Order(),
                AlarmsOf("AWS/Lambda", metric).Select(alarm => DimensionOf(alarm, "FunctionName")).Order()
            );
        }
    }

    [Fact]
    public void Metrics_of_ours_are_those_that_the_functions_write()
    {
        var written = MetricRow()
            .Matches(Operations)
            .Select(row => row.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);
        var watched = Deployments
            .Production.OfType("AWS::CloudWatch::Alarm")
            .Where(alarm => alarm.Properties.At("Namespace")?.GetString() == "Lace")
            .Select(alarm => alarm.Properties.Text("MetricName"))
            .ToArray();

        Assert.NotEmpty(watched);
        Assert.Empty(watched.Except(written));
        Assert.All(
            Deployments
                .Production.OfType("AWS::CloudWatch::Alarm")
                .Where(alarm => alarm.Properties.At("Namespace")?.GetString() == "Lace"),
            alarm => Assert.Equal("prod", DimensionOf(alarm.Properties, "Stage"))
        );
    }

    [Fact]
    public void All_alarms_tell_the_topic_and_missing_data_is_no_alarm()
    {
        Assert.All(
            Deployments.Production.OfType("AWS::CloudWatch::Alarm"),
            alarm =>
            {
                Assert.Single(alarm.Properties.GetProperty("AlarmActions").EnumerateArray());
                Assert.Equal("notBreaching", alarm.Properties.Text("TreatMissingData"));
            }
        );
    }

    [Fact]
    public void With_an_address_it_is_told_of_alarms_and_of_the_budget()
    {
        Assert.Equal(
            "ops@example.org",
            Assert.Single(Deployments.Everything.OfType("AWS::SNS::Subscription")).Properties.Text("Endpoint")
        );
        Assert.Single(Deployments.Everything.OfType("AWS::Budgets::Budget"));
        Assert.Empty(Deployments.Production.OfType("AWS::SNS::Subscription"));
    }

    [Fact]
    public void The_dashboard_has_four_rows()
    {
        var body = Template.Text(
            Assert
                .Single(Deployments.Production.OfType("AWS::CloudWatch::Dashboard"))
                .Properties.GetProperty("DashboardBody")
        );

        Assert.Equal(4, RowPattern().Matches(body).Select(match => match.Groups[1].Value).Distinct().Count());
    }

    /// <summary>Anchors of headings, as GitHub makes them.</summary>
    private static IEnumerable<string> Anchors() =>
        Heading()
            .Matches(Operations)
            .Select(heading =>
                NoAnchor().Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')
            );

    private static IEnumerable<System.Text.Json.JsonElement> AlarmsOf(string space, string metric) =>
        from alarm in Deployments.Production.OfType("AWS::CloudWatch::Alarm")
        where alarm.Properties.At("Namespace")?.GetString() == space && alarm.Properties.Text("MetricName") == metric
        select alarm.Properties;

    private static string? DimensionOf(System.Text.Json.JsonElement alarm, string name) =>
        alarm
            .GetProperty("Dimensions")
            .EnumerateArray()
            .Where(one => one.Text("Name") == name)
            .Select(one => one.Text("Value"))
            .FirstOrDefault();

    [GeneratedRegex(@"Runbook: docs/operations\.md#(\S+)$")]
    private static partial Regex RunbookPattern();

    [GeneratedRegex(@"^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"^\| `([A-Z]\w+)` \| \w+ \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex("\"y\":(\\d+)")]
    private static partial Regex RowPattern();
}
