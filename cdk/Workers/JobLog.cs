using Amazon.CDK.AWS.ECS;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.Logs;
using Constructs;
using Lace.Cdk.Data;

namespace Lace.Cdk.Workers;

/// <summary>Where the lines of jobs go.</summary>
internal static class JobLog
{
    public static LogGroup Create(Construct scope, Stage stage, IKey key, string name) =>
        new(
            scope,
            "Log",
            new LogGroupProps
            {
                LogGroupName = $"/{stage.Prefix}/{name}",
                Retention = stage.LogRetention,
                EncryptionKey = key,
                RemovalPolicy = DataStack.RemovalOf(stage),
            }
        );

    public static LogDriver Driver(LogGroup log) =>
        LogDriver.AwsLogs(new AwsLogDriverProps { LogGroup = log, StreamPrefix = "job" });
}
