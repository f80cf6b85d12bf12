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
        Items = ItemTable.Create(this, stage, Key);
        Blobs = new BlobBuckets(this, stage, Key);
        Losses = new LossQueue(this, stage, Key);
        Network = new WorkerNetwork(this, settings);
        Models = new ModelFiles(this, stage, Key, Network);
    }

    public Amazon.CDK.AWS.KMS.Key Key { get; }

    public Amazon.CDK.AWS.DynamoDB.Table Items { get; }

    public BlobBuckets Blobs { get; }

    public LossQueue Losses { get; }

    public WorkerNetwork Network { get; }

    public ModelFiles Models { get; }

    /// <summary>What becomes of a resource that a stage's stack no longer has.</summary>
    public static RemovalPolicy RemovalOf(Stage stage) =>
        stage.KeepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
