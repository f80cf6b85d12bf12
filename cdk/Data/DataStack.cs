using Amazon.CDK;
using Constructs;

namespace Lace.Cdk.Data;

/// <summary>Everything that cannot be made again: a change here is read twice before it is deployed.</summary>
internal sealed class DataStack : Stack
{
    public DataStack(Construct scope, string id, DeploymentSettings settings, IStackProps props)
        : base(scope, id, props)
    {
        var stage = settings.Stage;
        Key = DataKey.Create(this, stage);
        var own = ItemTable.Create(this, stage, Key);
        Items = settings.RestoredTable is { } name
            ? Amazon.CDK.AWS.DynamoDB.Table.FromTableName(this, "Restored", name)
            : own;
        Blobs = new BlobBuckets(this, stage, Key);
        Losses = new LossQueue(this, stage, Key);
        Network = new WorkerNetwork(this, settings);
        Models = new ModelFiles(this, stage, Key, Network);
        Say("Table", Items.TableName, "LACE_TABLE");
        Say("Bucket", Blobs.Blobs.BucketName, "LACE_BUCKET");
        Say("EvidenceBucket", Blobs.Evidence.BucketName, "Locked copies of the transparency log");
        Say("LossesUrl", Losses.Queue.QueueUrl, "LACE_QUEUE_LOSSES");
        Say("LossesDeadUrl", Losses.DeadLetters.QueueUrl, "LACE_QUEUE_LOSSES_DEAD");
        Say("LossesDeadArn", Losses.DeadLetters.QueueArn, "For a redrive");
        Say("ModelFileSystem", Models.Files.FileSystemId, "Models and datasets of workers");
    }

    public Amazon.CDK.AWS.KMS.Key Key { get; }

    /// <summary>The table in use.</summary>
    public Amazon.CDK.AWS.DynamoDB.ITable Items { get; }

    public BlobBuckets Blobs { get; }

    public LossQueue Losses { get; }

    public WorkerNetwork Network { get; }

    public ModelFiles Models { get; }

    /// <summary>What administrators' verbs and the runbook need to know.</summary>
    private void Say(string name, string value, string what) =>
        _ = new CfnOutput(this, name, new CfnOutputProps { Value = value, Description = what });

    /// <summary>What becomes of a resource that a stage's stack no longer has.</summary>
    public static RemovalPolicy RemovalOf(Stage stage) =>
        stage.KeepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
