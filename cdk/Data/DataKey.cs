using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Constructs;

namespace Lace.Cdk.Data;

/// <summary>
/// The key that table, buckets, queues, topics and logs are encrypted with at rest. Tenants' keys and those that sign are not
/// made here but by the functions, one a tenant, under the alias <c>alias/lace-STAGE</c>.
/// </summary>
internal static class DataKey
{
    public static Key Create(Construct scope, Stage stage)
    {
        var key = new Key(
            scope,
            "Key",
            new KeyProps
            {
                Alias = $"alias/{stage.Prefix}",
                Description = $"Lace Cloud {stage.Name}: everything at rest",
                EnableKeyRotation = true,
                PendingWindow = Duration.Days(stage.KeepsData ? 30 : 7),
                RemovalPolicy = DataStack.RemovalOf(stage),
            }
        );
        key.AddToResourcePolicy(Logs(Stack.Of(scope), stage));
        key.AddToResourcePolicy(Service("cloudwatch.amazonaws.com"));
        key.AddToResourcePolicy(Service("events.amazonaws.com"));
        return key;
    }

    private static PolicyStatement Logs(Stack stack, Stage stage) =>
        new(
            new PolicyStatementProps
            {
                Principals = [new ServicePrincipal($"logs.{DeploymentSettings.Region}.amazonaws.com")],
                Actions =
                [
                    "kms:Encrypt",
                    "kms:Decrypt",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                    "kms:GenerateDataKey",
                    "kms:DescribeKey",
                ],
                Resources = ["*"],
                Conditions = new Dictionary<string, object>
                {
                    ["ArnLike"] = new Dictionary<string, object>
                    {
                        ["kms:EncryptionContext:aws:logs:arn"] =
                            $"arn:aws:logs:{DeploymentSettings.Region}:{stack.Account}:log-group:/{stage.Prefix}/*",
                    },
                },
            }
        );

    /// <summary>Alarms and events go to an encrypted topic.</summary>
    private static PolicyStatement Service(string name) =>
        new(
            new PolicyStatementProps
            {
                Principals = [new ServicePrincipal(name)],
                Actions = ["kms:Decrypt", "kms:GenerateDataKey"],
                Resources = ["*"],
                Conditions = new Dictionary<string, object>
                {
                    ["StringEquals"] = new Dictionary<string, object> { ["aws:SourceAccount"] = Aws.ACCOUNT_ID },
                },
            }
        );
}
