using Amazon.CDK.AWS.IAM;
using Lace.Cdk.Data;

namespace Lace.Cdk.Functions;

/// <summary>Something that a role may do, for one reason; docs/iam.md lists what comes of it.</summary>
/// <param name="Service">Whose data it reads or writes, encrypted under the data key; null for none.</param>
internal sealed record Right(string? Service, Func<Granting, IEnumerable<PolicyStatement>> Statements)
{
    private const string DynamoDb = "dynamodb";
    private const string S3 = "s3";
    private const string Sqs = "sqs";

    private static readonly string[] Receiving =
    [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
    ];

    /// <summary>Looks up API keys and their tenants, and notes on which day a key was used. No tenant's own items.</summary>
    public static readonly Right CheckApiKeys = new(
        DynamoDb,
        granting =>
            [
                Grants.Allow(
                    "ReadServiceItems",
                    [granting.Data.Items.TableArn],
                    ("ForAllValues:StringLike", "dynamodb:LeadingKeys", "service#*"),
                    "dynamodb:GetItem"
                ),
                Grants.Allow(
                    "NoteUseOfKeys",
                    [granting.Data.Items.TableArn],
                    ("ForAllValues:StringEquals", "dynamodb:LeadingKeys", "service#KEY_USE"),
                    "dynamodb:UpdateItem"
                ),
            ]
    );

    /// <summary>Conditional writes and transactions of them. No scan, no change of the table.</summary>
    public static readonly Right ReadAndWriteItems = new(
        DynamoDb,
        granting =>
            [
                Grants.Allow(
                    "ReadAndWriteItems",
                    [granting.Data.Items.TableArn],
                    "dynamodb:ConditionCheckItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:GetItem",
                    "dynamodb:Query",
                    "dynamodb:UpdateItem"
                ),
            ]
    );

    /// <summary>Reads the log, and puts batches into it: whoever waits for an entry makes the batch.</summary>
    public static readonly Right ExtendLog = new(
        S3,
        granting =>
            [
                Grants.Allow(
                    "ExtendLog",
                    [granting.Data.Blobs.Blobs.ArnForObjects("service/log/*")],
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:PutObject"
                ),
                Find(granting),
            ]
    );

    /// <summary>Sends segments of its own trainings, as workers do.</summary>
    public static readonly Right SendLosses = new(
        Sqs,
        granting => [Grants.Allow("SendLosses", [granting.Data.Losses.Queue.QueueArn], "sqs:SendMessage")]
    );

    /// <summary>What Lambda's poller and the handler need of the queue.</summary>
    public static readonly Right ReceiveLosses = new(
        Sqs,
        granting => [Grants.Allow("ReceiveLosses", [granting.Data.Losses.Queue.QueueArn], Receiving)]
    );

    /// <summary>Puts back what was given up on: it was accepted, so it is tried again.</summary>
    public static readonly Right RedriveLosses = new(
        Sqs,
        granting =>
            [
                Grants.Allow("ReadDeadLosses", [granting.Data.Losses.DeadLetters.QueueArn], Receiving),
                Grants.Allow("ReturnLosses", [granting.Data.Losses.Queue.QueueArn], "sqs:SendMessage"),
            ]
    );

    /// <summary>Wraps and unwraps data keys under the tenants' keys, and makes a tenant's key when it first needs one.</summary>
    public static readonly Right WrapKeys = new(null, TenantKeys.Wrap);

    /// <summary>Signs statements and checkpoints with the service's keys, and makes them at the first start.</summary>
    public static readonly Right Sign = new(null, TenantKeys.Sign);

    /// <summary>Destroys keys, after which what they wrapped is unreadable for good.</summary>
    public static readonly Right DestroyKeys = new(null, TenantKeys.Destroy);

    /// <summary>Rotates keys, and takes a destruction back while KMS still waits with it.</summary>
    public static readonly Right AdministerKeys = new(null, TenantKeys.Administer);

    /// <summary>Submits, watches and stops jobs of workers.</summary>
    public static readonly Right StartWorkers = new(
        null,
        granting =>
            [
                Grants.Allow(
                    "StartWorkers",
                    [
                        granting.Arn("batch", $"job-queue/{granting.Stage.Prefix}-workers"),
                        granting.Arn("batch", $"job-definition/{granting.Stage.Prefix}-worker*"),
                    ],
                    "batch:SubmitJob"
                ),
                // The two that look take no resource, and the ARN of a job says nothing of its queue.
                Grants.Allow("WatchWorkers", ["*"], "batch:DescribeJobs", "batch:ListJobs"),
                Grants.Allow("StopWorkers", [granting.Arn("batch", "job/*")], "batch:TerminateJob"),
            ]
    );

    /// <summary>Reads blobs below paths of the bucket, of which the first segment is the tenant.</summary>
    public static Right ReadBlobs(params string[] paths) => OnBlobs("ReadBlobs", paths, "s3:GetObject");

    /// <summary>
    /// Puts blobs where there is none, or in place of one whose tag is known, and reads them, to find out what became of a put
    /// that was not answered.
    /// </summary>
    public static Right WriteBlobs(params string[] paths) =>
        OnBlobs("WriteBlobs", paths, "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject");

    /// <summary>Removes what a later state replaced. In a versioned bucket it can be brought back for a while.</summary>
    public static Right DeleteBlobs(params string[] paths) => OnBlobs("DeleteBlobs", paths, "s3:DeleteObject");

    private static Right OnBlobs(string reason, string[] paths, params string[] actions) =>
        new(S3, granting => [Grants.Allow(reason, granting.Objects(paths), actions), Find(granting)]);

    /// <summary>Who may not list a bucket is told 403 of an object that is not there, not 404; a condition on the prefix would do the same.</summary>
    private static PolicyStatement Find(Granting granting) =>
        Grants.Allow("FindBlobs", [granting.Data.Blobs.Blobs.BucketArn], "s3:ListBucket");
}
