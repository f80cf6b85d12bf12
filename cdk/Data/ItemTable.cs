using Amazon.CDK.AWS.DynamoDB;
using Amazon.CDK.AWS.KMS;
using Constructs;
using Attribute = Amazon.CDK.AWS.DynamoDB.Attribute;

namespace Lace.Cdk.Data;

/// <summary>The one table of items.</summary>
internal static class ItemTable
{
    public static Table Create(Construct scope, Stage stage, IKey key) =>
        new(
            scope,
            "Items",
            new TableProps
            {
                PartitionKey = new Attribute { Name = "pk", Type = AttributeType.STRING },
                SortKey = new Attribute { Name = "sk", Type = AttributeType.STRING },
                TimeToLiveAttribute = "ttl",
                BillingMode = BillingMode.PAY_PER_REQUEST,
                PointInTimeRecovery = true,
                Encryption = TableEncryption.CUSTOMER_MANAGED,
                EncryptionKey = key,
                DeletionProtection = stage.KeepsData,
                RemovalPolicy = DataStack.RemovalOf(stage),
            }
        );
}
