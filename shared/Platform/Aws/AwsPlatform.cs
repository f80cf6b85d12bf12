using System.Collections.Concurrent;
using Amazon.DynamoDBv2;
using Amazon.KeyManagementService;
using Amazon.S3;
using Amazon.SQS;

namespace Lace.Platform.Aws;

/// <summary>The ports on the services of an AWS account: DynamoDB, S3, KMS, SQS and Batch.</summary>
public sealed class AwsPlatform : IPlatform
{
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Bulk = TimeSpan.FromSeconds(30);

    private readonly AwsSettings settings;
    private readonly AwsCalls calls;
    private readonly AmazonDynamoDBClient dynamo;
    private readonly AmazonS3Client s3;
    private readonly AmazonKeyManagementServiceClient kms;
    private readonly AmazonSQSClient sqs;
    private readonly AwsCredentials credentials = new();
    private readonly HttpClient http = new() { Timeout = Bulk };
    private readonly ConcurrentDictionary<string, SqsQueue> queues = new(StringComparer.Ordinal);

    private AwsPlatform(AwsSettings settings, TimeProvider clock)
    {
        this.settings = settings;
        calls = new AwsCalls(clock);
        dynamo = new AmazonDynamoDBClient(new AmazonDynamoDBConfig().Configure(settings, Quick));
        // A test server has one name for all buckets.
        var storage = new AmazonS3Config { ForcePathStyle = settings.Endpoint is not null };
        s3 = new AmazonS3Client(storage.Configure(settings, Bulk));
        kms = new AmazonKeyManagementServiceClient(new AmazonKeyManagementServiceConfig().Configure(settings, Quick));
        sqs = new AmazonSQSClient(new AmazonSQSConfig().Configure(settings, Bulk));
        Items = new DynamoItemStore(dynamo, settings.Table, calls);
        Blobs = new S3BlobStore(s3, settings.Bucket, calls);
        Keys = new KmsKeyService(kms, settings.KeyAlias, Items, calls, clock);
        Jobs = new BatchJobs(settings, Items, new BatchApi(http, settings, credentials, clock), calls, clock);
    }

    public IItemStore Items { get; }

    public IBlobStore Blobs { get; }

    public IKeyService Keys { get; }

    public IJobs Jobs { get; }

    /// <summary>Calls nothing yet: a table, bucket or key that is not there is said when it is first used.</summary>
    public static AwsPlatform Open(AwsSettings settings, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(clock);
        return new AwsPlatform(settings, clock);
    }

    /// <remarks>One that this process has not says so when it is used.</remarks>
    public IQueue Queue(string name)
    {
        _ = new TenantId(name); // the rule of a tenant's id is the rule here
        return queues.GetOrAdd(
            name,
            _ => new SqsQueue(sqs, name, settings.QueueUrl(name), settings.DeadLetterUrl(name), calls)
        );
    }

    public void Dispose()
    {
        dynamo.Dispose();
        s3.Dispose();
        kms.Dispose();
        sqs.Dispose();
        http.Dispose();
        credentials.Dispose();
    }
}
