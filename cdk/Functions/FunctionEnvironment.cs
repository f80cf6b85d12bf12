using Lace.Cdk.Data;
using Lace.Cdk.Workers;

namespace Lace.Cdk.Functions;

/// <summary>What the processes are told by their environment: the same names in functions and workers, and no secrets.</summary>
internal static class FunctionEnvironment
{
    /// <summary>Where model configurations lie in the functions' package: the weights are where workers are.</summary>
    private const string Models = "/var/task/models";

    public static IDictionary<string, string> Of(FunctionPlan plan, Stage stage, DataStack data)
    {
        var variables = OfPlatform(stage, data);
        variables["LACE_TRIGGER"] = plan.TriggerName;
        variables["LACE_FUNCTIONS"] = plan.Parts;
        if (plan.Parts.Contains("lossingest", StringComparison.Ordinal))
        {
            variables["LACE_QUEUE_LOSSES"] = data.Losses.Queue.QueueUrl;
            variables["LACE_QUEUE_LOSSES_DEAD"] = data.Losses.DeadLetters.QueueUrl;
        }

        if (plan.StartsWorkers)
        {
            variables["LACE_JOB_QUEUE"] = WorkerJobs.QueueName(stage);
            variables["LACE_JOB_DEFINITION"] = WorkerJobs.DefinitionName(stage);
            variables["LACE_MODELS"] = Models;
        }

        return variables;
    }

    /// <summary>Which platform, and where its table, bucket and keys are.</summary>
    public static Dictionary<string, string> OfPlatform(Stage stage, DataStack data) =>
        new(StringComparer.Ordinal)
        {
            ["LACE_PLATFORM"] = "aws",
            ["LACE_STAGE"] = stage.Name,
            ["LACE_TABLE"] = data.Items.TableName,
            ["LACE_BUCKET"] = data.Blobs.Blobs.BucketName,
            ["LACE_KEY_ALIAS"] = $"alias/{stage.Prefix}",
        };
}
