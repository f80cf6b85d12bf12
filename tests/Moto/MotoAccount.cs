using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Lace.Moto;

/// <summary>What a deployment has before the first request: table, bucket, queues, and what Batch needs. Names of its own, so that many share one server.</summary>
public sealed class MotoAccount
{
    private const string Region = "eu-west-1";
    private const int MaxReceives = 5;

    private static readonly BasicAWSCredentials Anybody = new(
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    );

    private MotoAccount(Dictionary<string, string> environment) => Environment = environment;

    /// <summary>Of a process that runs on it; see docs/operations.md.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <param name="endpoint">Address that the process is to use: of moto, or of what stands before it.</param>
    /// <param name="name">Lower-case letters, digits and hyphens.</param>
    public static async Task<MotoAccount> CreateAsync(Uri endpoint, string name)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LACE_PLATFORM"] = "aws",
            ["AWS_REGION"] = Region,
            ["AWS_ENDPOINT_URL"] = endpoint.AbsoluteUri,
            ["AWS_ACCESS_KEY_ID"] = Anybody.GetCredentials().AccessKey,
            ["AWS_SECRET_ACCESS_KEY"] = Anybody.GetCredentials().SecretKey,
            ["LACE_TABLE"] = name,
            ["LACE_BUCKET"] = name,
            ["LACE_KEY_ALIAS"] = $"alias/{name}",
            ["LACE_JOB_QUEUE"] = name,
            ["LACE_JOB_DEFINITION"] = name,
            ["LACE_JOB_DEFINITION_SHELL"] = name,
        };
        await CreateTableAsync(endpoint, name);
        await CreateBucketAsync(endpoint, name);
        environment["LACE_QUEUE_LOSSES_DEAD"] = await CreateQueueAsync(endpoint, $"{name}-losses-dead", null);
        environment["LACE_QUEUE_LOSSES"] = await CreateQueueAsync(
            endpoint,
            $"{name}-losses",
            environment["LACE_QUEUE_LOSSES_DEAD"]
        );
        await CreateJobsAsync(endpoint, name);
        return new MotoAccount(environment);
    }

    private static async Task CreateTableAsync(Uri endpoint, string name)
    {
        var config = new AmazonDynamoDBConfig { ServiceURL = endpoint.AbsoluteUri, AuthenticationRegion = Region };
        using var dynamo = new AmazonDynamoDBClient(Anybody, config);
        await dynamo.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = name,
                BillingMode = BillingMode.PAY_PER_REQUEST,
                KeySchema = [new KeySchemaElement("pk", KeyType.HASH), new KeySchemaElement("sk", KeyType.RANGE)],
                AttributeDefinitions =
                [
                    new AttributeDefinition("pk", ScalarAttributeType.S),
                    new AttributeDefinition("sk", ScalarAttributeType.S),
                ],
            }
        );
    }

    private static async Task CreateBucketAsync(Uri endpoint, string name)
    {
        var config = new AmazonS3Config
        {
            ServiceURL = endpoint.AbsoluteUri,
            AuthenticationRegion = Region,
            ForcePathStyle = true,
        };
        using var s3 = new AmazonS3Client(Anybody, config);
        await s3.PutBucketAsync(
            new PutBucketRequest
            {
                BucketName = name,
                PutBucketConfiguration = new PutBucketConfiguration { LocationConstraint = Region },
            }
        );
        await s3.PutBucketVersioningAsync(
            new PutBucketVersioningRequest
            {
                BucketName = name,
                VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled },
            }
        );
    }

    private static async Task<string> CreateQueueAsync(Uri endpoint, string name, string? deadLetters)
    {
        var config = new AmazonSQSConfig { ServiceURL = endpoint.AbsoluteUri, AuthenticationRegion = Region };
        using var sqs = new AmazonSQSClient(Anybody, config);
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (deadLetters is not null)
        {
            var dead = await sqs.GetQueueAttributesAsync(deadLetters, ["QueueArn"]);
            attributes["RedrivePolicy"] = new JsonObject
            {
                ["deadLetterTargetArn"] = dead.QueueARN,
                ["maxReceiveCount"] = MaxReceives,
            }.ToJsonString();
        }

        return (
            await sqs.CreateQueueAsync(new CreateQueueRequest { QueueName = name, Attributes = attributes })
        ).QueueUrl;
    }

    /// <summary>Moto takes the name of a job through its states and runs nothing, if it is told that there is no Docker.</summary>
    private static async Task CreateJobsAsync(Uri endpoint, string name)
    {
        using var http = new HttpClient { BaseAddress = endpoint };
        var role = $"Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument=%7B%7D";
        await PostAsync(http, "iam", "/", role, "application/x-www-form-urlencoded");
        await PostAsync(http, "/moto-api/config", """{"batch":{"use_docker":false}}""");
        await PostAsync(
            http,
            "/v1/createcomputeenvironment",
            $$"""{"computeEnvironmentName":"{{name}}","type":"UNMANAGED","state":"ENABLED","serviceRole":"arn:aws:iam::123456789012:role/{{name}}"}"""
        );
        await PostAsync(
            http,
            "/v1/createjobqueue",
            $$"""{"jobQueueName":"{{name}}","priority":1,"state":"ENABLED","computeEnvironmentOrder":[{"order":1,"computeEnvironment":"{{name}}"}]}"""
        );
        await PostAsync(
            http,
            "/v1/registerjobdefinition",
            $$$"""{"jobDefinitionName":"{{{name}}}","type":"container","containerProperties":{"image":"any","vcpus":1,"memory":128}}"""
        );
    }

    private static Task PostAsync(HttpClient http, string path, string body) =>
        PostAsync(http, "batch", path, body, "application/json");

    /// <summary>Moto reads the service from the signature and checks nothing of it.</summary>
    private static async Task PostAsync(HttpClient http, string service, string path, string body, string type)
    {
        // With a length: moto answers 500 to a body in chunks.
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={Anybody.GetCredentials().AccessKey}/20261130/{Region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        using var answer = await http.SendAsync(request);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path}: {await answer.Content.ReadAsStringAsync()}");
        }
    }
}
