using System.Collections.Concurrent;
using System.IO.Enumeration;
using System.Text.Json.Nodes;
using Lace.Cdk.Iam;
using Lace.Moto;

namespace Lace.SystemTests.Cdk;

/// <summary>Holds the requests of functions against the roles of the template, as AWS would: moto lets everything pass.</summary>
/// <remarks>Of conditions only those on partition keys are looked at; those on the tags of KMS keys are taken to hold.</remarks>
internal sealed class EnforcedRoles(string stage, IReadOnlyList<RolePolicies> roles)
{
    private readonly ConcurrentDictionary<string, int> refused = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Role, string Action), int> used = new();

    /// <summary>What was refused, as <c>role: action on resource</c>.</summary>
    public IReadOnlyCollection<string> Refused => [.. refused.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What each role did of what it may.</summary>
    public IReadOnlyCollection<(string Role, string Action)> Used => [.. used.Keys];

    /// <summary>For <see cref="AwsFaults.Set"/>. Callers that are no function pass.</summary>
    public AwsFault Decide(AwsRequest request)
    {
        if (roles.FirstOrDefault(role => role.Name == $"lace-{stage}-{request.Caller}") is not { } role)
        {
            return AwsFault.None;
        }

        var fault = AwsFault.None;
        foreach (var (action, resource, partition) in Asked(request))
        {
            if (role.Statements.Any(statement => Allows(statement, action, resource, partition)))
            {
                used[(role.Name, action)] = 0;
            }
            else
            {
                refused[$"{role.Name}: {action} on {resource}"] = 0;
                fault = AwsFault.Forbidden;
            }
        }

        return fault;
    }

    private static bool Allows(Statement statement, string action, string resource, string? partition) =>
        statement.Actions.Contains(action, StringComparer.Ordinal)
        && statement.Resources.Any(pattern =>
            FileSystemName.MatchesSimpleExpression(pattern, resource, ignoreCase: false)
        )
        && (
            statement.Condition is not { } condition
            || !condition.StartsWith("dynamodb:LeadingKeys", StringComparison.Ordinal)
            || (
                partition is not null
                && FileSystemName.MatchesSimpleExpression(condition.Split(' ')[^1], partition, ignoreCase: false)
            )
        );

    /// <summary>Actions, resources and partition keys, in the words of IAM and of the template.</summary>
    private IEnumerable<(string Action, string Resource, string? Partition)> Asked(AwsRequest request) =>
        request.Service switch
        {
            AwsService.DynamoDb => OfTable(request),
            AwsService.S3 => OfBucket(request),
            AwsService.Kms => [($"kms:{request.Operation}", OfKey(request.Operation), null)],
            AwsService.Sqs => [($"sqs:{request.Operation.Replace("Batch", "")}", OfQueue(request.Json), null)],
            _ => [OfBatch(request.Operation)],
        };

    private static IEnumerable<(string, string, string?)> OfTable(AwsRequest request)
    {
        const string Table = "<Items>";
        if (request.Operation != "TransactWriteItems")
        {
            return [($"dynamodb:{request.Operation}", Table, PartitionOf(request.Json))];
        }

        return request.Json["TransactItems"]!
            .AsArray()
            .Select(item => item!.AsObject().Single())
            .Select(write => (WordOf(write.Key), Table, PartitionOf((JsonObject)write.Value!)));
    }

    private static string WordOf(string write) =>
        write switch
        {
            "ConditionCheck" => "dynamodb:ConditionCheckItem",
            _ => $"dynamodb:{write}Item",
        };

    private static string? PartitionOf(JsonObject request) =>
        (string?)request["Key"]?["pk"]?["S"]
        ?? request["ExpressionAttributeValues"]
            ?.AsObject()
            .Select(value => (string?)value.Value?["S"])
            .FirstOrDefault(text => text?.Contains('#', StringComparison.Ordinal) == true);

    private static IEnumerable<(string, string, string?)> OfBucket(AwsRequest request)
    {
        // GET /bucket/key
        var method = request.Operation.Split(' ')[0];
        var key = request.Operation.Split('/', 3) is [_, _, var path] ? path : "";
        var action = (method, key.Length > 0) switch
        {
            ("GET", false) => "s3:ListBucket",
            ("GET" or "HEAD", _) => "s3:GetObject",
            ("PUT" or "POST", _) => "s3:PutObject",
            ("DELETE", _) => "s3:DeleteObject",
            _ => $"s3:{method}",
        };
        return [(action, key.Length > 0 ? $"<Blobs>/{key}" : "<Blobs>", null)];
    }

    private static string OfKey(string operation) =>
        operation == "CreateKey" ? "*" : "arn:aws:kms:eu-west-1:<account>:key/any";

    private static string OfQueue(JsonObject request) =>
        ((string?)request["QueueUrl"])!.EndsWith("-dead", StringComparison.Ordinal) ? "<LossesDead>" : "<Losses>";

    private (string, string, string?) OfBatch(string path) =>
        path switch
        {
            "/v1/submitjob" => (
                "batch:SubmitJob",
                $"arn:aws:batch:eu-west-1:<account>:job-queue/lace-{stage}-workers",
                null
            ),
            "/v1/describejobs" => ("batch:DescribeJobs", "*", null),
            "/v1/listjobs" => ("batch:ListJobs", "*", null),
            "/v1/terminatejob" => ("batch:TerminateJob", "arn:aws:batch:eu-west-1:<account>:job/any", null),
            _ => ($"batch:{path}", "*", null),
        };
}
