using System.Text.Json.Nodes;

namespace Lace.Moto;

public enum AwsService
{
    DynamoDb,
    S3,
    Kms,
    Sqs,
    Batch,
}

/// <summary>What a request to AWS asks for.</summary>
/// <param name="Operation">The target of the JSON protocols without its prefix, as <c>PutItem</c>; method and path elsewhere.</param>
/// <param name="Caller">Id of the access key that it is signed with.</param>
public sealed record AwsRequest(AwsService Service, string Operation, ReadOnlyMemory<byte> Body, string Caller)
{
    /// <summary>In lower case.</summary>
    public IReadOnlyList<string> HeaderNames { get; init; } = [];

    public JsonObject Json => (JsonObject)JsonNode.Parse(Body.Span)!;
}
