using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.S3;
using Constructs;
using Lace.Cdk.Functions;

namespace Lace.Cdk.Data;

/// <summary>
/// The bucket of blobs, and beside it a second one that takes a copy of everything below <c>service/</c>: the transparency log
/// with what signs it. There nothing can be changed or removed before its time, whoever asks.
/// </summary>
/// <remarks>
/// Tenants' blobs are not copied there, as a tenant may have to be deleted. The blob bucket has Object Lock without a default,
/// so that evidence in a dispute can be held by hand (docs/operations.md, "Hold evidence").
/// </remarks>
internal sealed class BlobBuckets
{
    /// <summary>The tenant of what belongs to none (Lace.Platform, TenantId.Service).</summary>
    private const string LogPrefix = "service/";

    public BlobBuckets(Construct scope, Stage stage, IKey key)
    {
        Evidence = Create(
            scope,
            "Evidence",
            stage,
            key,
            stage.KeepsData
                ? ObjectLockRetention.Compliance(Duration.Days(stage.EvidenceDays))
                : ObjectLockRetention.Governance(Duration.Days(stage.EvidenceDays)),
            []
        );
        Blobs = Create(
            scope,
            "Blobs",
            stage,
            key,
            null,
            [
                new LifecycleRule
                {
                    Id = "old-versions",
                    NoncurrentVersionExpiration = Duration.Days(stage.OldVersionDays),
                    ExpiredObjectDeleteMarker = true,
                },
            ]
        );
        CopyLog(scope, stage, key);
    }

    public Bucket Blobs { get; }

    public Bucket Evidence { get; }

    private static Bucket Create(
        Construct scope,
        string id,
        Stage stage,
        IKey key,
        ObjectLockRetention? retention,
        LifecycleRule[] rules
    ) =>
        new(
            scope,
            id,
            new BucketProps
            {
                Encryption = BucketEncryption.KMS,
                EncryptionKey = key,
                BucketKeyEnabled = true,
                BlockPublicAccess = BlockPublicAccess.BLOCK_ALL,
                ObjectOwnership = ObjectOwnership.BUCKET_OWNER_ENFORCED,
                EnforceSSL = true,
                MinimumTLSVersion = 1.2,
                Versioned = true,
                ObjectLockEnabled = true,
                ObjectLockDefaultRetention = retention,
                LifecycleRules =
                [
                    new LifecycleRule
                    {
                        Id = "unfinished-uploads",
                        AbortIncompleteMultipartUploadAfter = Duration.Days(7),
                    },
                    .. rules,
                ],
                // In every stage: a bucket with locked objects cannot be removed with its stack.
                RemovalPolicy = RemovalPolicy.RETAIN,
            }
        );

    private void CopyLog(Construct scope, Stage stage, IKey key)
    {
        var role = new Role(
            scope,
            "EvidenceCopy",
            new RoleProps
            {
                RoleName = $"{stage.Prefix}-evidence-copy",
                AssumedBy = new ServicePrincipal("s3.amazonaws.com"),
                Description = "Copies the transparency log into the bucket where it is locked.",
            }
        );
        void Allow(string reason, string[] resources, params string[] actions) =>
            role.AddToPolicy(Grants.Allow(reason, resources, actions));

        Allow("FindCopies", [Blobs.BucketArn], "s3:GetReplicationConfiguration", "s3:ListBucket");
        Allow(
            "ReadLog",
            [Blobs.ArnForObjects(LogPrefix + "*")],
            "s3:GetObjectVersionForReplication",
            "s3:GetObjectVersionAcl",
            "s3:GetObjectVersionTagging",
            "s3:GetObjectRetention",
            "s3:GetObjectLegalHold"
        );
        Allow("LockLog", [Evidence.ArnForObjects(LogPrefix + "*")], "s3:ReplicateObject", "s3:ReplicateTags");
        Allow("UseDataKey", [key.KeyArn], "kms:Decrypt", "kms:GenerateDataKey");
        ((CfnBucket)Blobs.Node.DefaultChild!).ReplicationConfiguration = new CfnBucket.ReplicationConfigurationProperty
        {
            Role = role.RoleArn,
            Rules = new[]
            {
                new CfnBucket.ReplicationRuleProperty
                {
                    Id = "log",
                    Status = "Enabled",
                    Priority = 1,
                    Filter = new CfnBucket.ReplicationRuleFilterProperty { Prefix = LogPrefix },
                    DeleteMarkerReplication = new CfnBucket.DeleteMarkerReplicationProperty { Status = "Disabled" },
                    SourceSelectionCriteria = new CfnBucket.SourceSelectionCriteriaProperty
                    {
                        SseKmsEncryptedObjects = new CfnBucket.SseKmsEncryptedObjectsProperty { Status = "Enabled" },
                    },
                    Destination = new CfnBucket.ReplicationDestinationProperty
                    {
                        Bucket = Evidence.BucketArn,
                        EncryptionConfiguration = new CfnBucket.EncryptionConfigurationProperty
                        {
                            ReplicaKmsKeyId = key.KeyArn,
                        },
                    },
                },
            },
        };
    }
}
