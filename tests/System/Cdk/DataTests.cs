using System.Text.Json;
using Lace.Cdk.Iam;

namespace Lace.SystemTests.Cdk;

/// <summary>What is stored is encrypted, kept, and shown to nobody.</summary>
public sealed class DataTests
{
    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Everything_at_rest_is_under_the_data_key(string name)
    {
        var deployment = Deployments.Named(name);
        (string Type, string[] Key)[] places =
        [
            ("AWS::DynamoDB::Table", ["SSESpecification", "KMSMasterKeyId"]),
            ("AWS::SQS::Queue", ["KmsMasterKeyId"]),
            ("AWS::SNS::Topic", ["KmsMasterKeyId"]),
            ("AWS::Logs::LogGroup", ["KmsKeyId"]),
            ("AWS::EFS::FileSystem", ["KmsKeyId"]),
        ];
        foreach (var (type, path) in places)
        {
            Assert.NotEmpty(deployment.OfType(type));
            Assert.All(deployment.OfType(type), one => Assert.Equal("<Key>", KeyAt(one.Properties, path)));
        }

        Assert.All(
            deployment.OfType("AWS::S3::Bucket"),
            bucket =>
                Assert.Equal(
                    "<Key>",
                    KeyAt(
                        bucket.Properties.At("BucketEncryption", "ServerSideEncryptionConfiguration")!.Value[0],
                        "ServerSideEncryptionByDefault",
                        "KMSMasterKeyID"
                    )
                )
        );
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Disks_of_workers_are_encrypted(string name)
    {
        var template = Assert.Single(Deployments.Named(name).OfType("AWS::EC2::LaunchTemplate")).Properties;
        var data = template.GetProperty("LaunchTemplateData");

        Assert.All(
            data.GetProperty("BlockDeviceMappings").EnumerateArray(),
            disk => Assert.True(disk.GetProperty("Ebs").GetProperty("Encrypted").GetBoolean())
        );
        Assert.Equal("required", data.At("MetadataOptions", "HttpTokens")?.GetString());
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void No_bucket_is_public_or_without_tls_or_without_versions(string name)
    {
        var deployment = Deployments.Named(name);
        Assert.NotEmpty(deployment.OfType("AWS::S3::Bucket"));
        foreach (var (id, bucket) in deployment.OfType("AWS::S3::Bucket"))
        {
            var block = bucket.GetProperty("PublicAccessBlockConfiguration").EnumerateObject().ToArray();
            Assert.Equal(4, block.Length);
            Assert.All(block, one => Assert.True(one.Value.GetBoolean()));
            Assert.Equal("Enabled", bucket.At("VersioningConfiguration", "Status")?.GetString());
            Assert.True(bucket.At("ObjectLockEnabled")?.GetBoolean());
            Assert.NotEmpty(bucket.At("LifecycleConfiguration", "Rules")!.Value.EnumerateArray());
            Assert.Null(bucket.At("AccessControl"));
            Assert.Contains(
                deployment.OfType("AWS::S3::BucketPolicy"),
                policy =>
                    policy.Properties.GetProperty("Bucket").GetProperty("Ref").GetString() == id
                    && RefusesPlainHttp(policy.Properties)
            );
        }
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Queues_and_topics_refuse_plain_http(string name)
    {
        var deployment = Deployments.Named(name);
        Assert.Equal(
            deployment.OfType("AWS::SQS::Queue").Count,
            deployment.OfType("AWS::SQS::QueuePolicy").Count(policy => RefusesPlainHttp(policy.Properties))
        );
        Assert.All(
            deployment.OfType("AWS::SNS::TopicPolicy"),
            policy => Assert.True(RefusesPlainHttp(policy.Properties))
        );
    }

    [Fact]
    public void What_the_public_log_has_shown_is_locked_for_a_year_in_production()
    {
        var evidence = Deployments
            .Production.OfType("AWS::S3::Bucket")
            .Single(bucket => bucket.Id.StartsWith("Evidence", StringComparison.Ordinal));
        var blobs = Deployments
            .Production.OfType("AWS::S3::Bucket")
            .Single(bucket => bucket.Id.StartsWith("Blobs", StringComparison.Ordinal));

        var retention = evidence.Properties.At("ObjectLockConfiguration", "Rule", "DefaultRetention");
        Assert.Equal("COMPLIANCE", retention?.GetProperty("Mode").GetString());
        Assert.Equal(365, retention?.GetProperty("Days").GetInt32());
        var copy = Assert.Single(blobs.Properties.At("ReplicationConfiguration", "Rules")!.Value.EnumerateArray());
        Assert.Equal("service/", copy.GetProperty("Filter").GetProperty("Prefix").GetString());
        Assert.Equal("Disabled", copy.GetProperty("DeleteMarkerReplication").GetProperty("Status").GetString());
        Assert.StartsWith(
            "<Evidence",
            Template.Text(copy.GetProperty("Destination").GetProperty("Bucket")),
            StringComparison.Ordinal
        );

        // A tenant must be deletable: its blobs have no lock unless somebody puts one on by hand.
        Assert.Null(blobs.Properties.At("ObjectLockConfiguration", "Rule"));
    }

    [Fact]
    public void The_table_is_as_the_adapter_expects_it_and_can_be_restored()
    {
        var table = Assert.Single(Deployments.Production.OfType("AWS::DynamoDB::Table")).Properties;

        Assert.Equal(
            [("pk", "HASH"), ("sk", "RANGE")],
            table
                .GetProperty("KeySchema")
                .EnumerateArray()
                .Select(key => (key.Text("AttributeName"), key.Text("KeyType")))
        );
        Assert.All(
            table.GetProperty("AttributeDefinitions").EnumerateArray(),
            attribute => Assert.Equal("S", attribute.Text("AttributeType"))
        );
        Assert.Equal("ttl", table.At("TimeToLiveSpecification", "AttributeName")?.GetString());
        Assert.True(table.At("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")?.GetBoolean());
        Assert.True(table.At("DeletionProtectionEnabled")?.GetBoolean());
        Assert.Equal("PAY_PER_REQUEST", table.Text("BillingMode"));
    }

    [Fact]
    public void In_production_data_outlive_their_stack()
    {
        string[] kept =
        [
            "AWS::DynamoDB::Table",
            "AWS::S3::Bucket",
            "AWS::KMS::Key",
            "AWS::SQS::Queue",
            "AWS::EFS::FileSystem",
            "AWS::Logs::LogGroup",
        ];
        var resources =
            from template in Deployments.Production.Templates
            from resource in template.Root.GetProperty("Resources").EnumerateObject()
            where kept.Contains(resource.Value.GetProperty("Type").GetString())
            select resource;

        Assert.All(
            resources,
            resource =>
            {
                Assert.Equal("Retain", resource.Value.GetProperty("DeletionPolicy").GetString());
                Assert.Equal("Retain", resource.Value.GetProperty("UpdateReplacePolicy").GetString());
            }
        );
    }

    [Fact]
    public void Data_and_what_can_be_made_again_are_in_different_stacks()
    {
        string[] data =
        [
            "AWS::DynamoDB::Table",
            "AWS::S3::Bucket",
            "AWS::KMS::Key",
            "AWS::SQS::Queue",
            "AWS::EFS::FileSystem",
        ];

        var service = new Template(
            JsonSerializer.Deserialize<JsonElement>(Deployments.Production.Texts["lace-prod-service"])
        );

        Assert.All(data, type => Assert.Empty(service.OfType(type)));
    }

    [Fact]
    public void Every_queue_has_dead_letters_and_a_message_stays_hidden_for_six_time_outs()
    {
        var queues = Deployments.Production.OfType("AWS::SQS::Queue");
        var queue = Assert.Single(queues, one => one.Properties.At("RedrivePolicy") is not null).Properties;
        var consumer = Deployments.Production.Functions["losses"];

        Assert.Equal(2, queues.Count);
        Assert.Equal(6 * consumer.GetProperty("Timeout").GetInt32(), queue.GetProperty("VisibilityTimeout").GetInt32());
        Assert.All(
            queues,
            one => Assert.Equal(14 * 86_400, one.Properties.GetProperty("MessageRetentionPeriod").GetInt32())
        );
        Assert.Equal(5, queue.At("RedrivePolicy", "maxReceiveCount")!.Value.GetInt32());
    }

    [Theory]
    [InlineData("prod", 365)]
    [InlineData("dev", 14)]
    public void Logs_are_kept_for_the_stage_s_time(string stage, int days)
    {
        var logs = Deployments.Of($"stage={stage}").OfType("AWS::Logs::LogGroup");

        Assert.NotEmpty(logs);
        Assert.All(logs, log => Assert.Equal(days, log.Properties.GetProperty("RetentionInDays").GetInt32()));
    }

    private static string KeyAt(JsonElement properties, params string[] path) =>
        properties.At(path) is { } key ? Template.Text(key) : "none";

    private static bool RefusesPlainHttp(JsonElement policy) =>
        policy
            .GetProperty("PolicyDocument")
            .GetProperty("Statement")
            .EnumerateArray()
            .Any(statement =>
                statement.Text("Effect") == "Deny"
                && statement.At("Condition", "Bool", "aws:SecureTransport")?.GetString() == "false"
            );
}
