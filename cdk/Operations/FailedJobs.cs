using Amazon.CDK.AWS.Events;
using Amazon.CDK.AWS.Events.Targets;
using Amazon.CDK.AWS.SNS;
using Constructs;
using Lace.Cdk.Workers;

namespace Lace.Cdk.Operations;

/// <summary>Batch counts no failed jobs, but tells of each: the rule that hears it is counted instead.</summary>
internal sealed class FailedJobs
{
    public FailedJobs(Construct scope, Stage stage, WorkerJobs jobs, Topic topic)
    {
        RuleName = $"{stage.Prefix}-jobs-failed";
        _ = new Rule(
            scope,
            "FailedJobs",
            new RuleProps
            {
                RuleName = RuleName,
                Description = "Jobs that ended as failed",
                EventPattern = new EventPattern
                {
                    Source = ["aws.batch"],
                    DetailType = ["Batch Job State Change"],
                    Detail = new Dictionary<string, object>(StringComparer.Ordinal)
                    {
                        ["status"] = new[] { "FAILED" },
                        ["jobQueue"] = new[] { jobs.QueueArn },
                    },
                },
                Targets =
                [
                    new SnsTopic(
                        topic,
                        new SnsTopicProps
                        {
                            // Names and reasons, not the whole event: it holds the job's environment.
                            Message = RuleTargetInput.FromObject(
                                new Dictionary<string, object>(StringComparer.Ordinal)
                                {
                                    ["job"] = EventField.FromPath("$.detail.jobName"),
                                    ["id"] = EventField.FromPath("$.detail.jobId"),
                                    ["reason"] = EventField.FromPath("$.detail.statusReason"),
                                    ["runbook"] = "docs/operations.md#alarm-jobs-failed",
                                }
                            ),
                        }
                    ),
                ],
            }
        );
    }

    public string RuleName { get; }
}
