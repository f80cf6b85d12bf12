using System.Text.Json;
using Lace.Functions.Access;

namespace Lace.Functions.Lambda;

/// <summary>Says whether a request may reach a route that no function of ours stands in front of: the one that goes to SQS as it is.</summary>
internal sealed class AuthorizerTrigger(Authorizer authorizer) : ITrigger
{
    public async Task<ReadOnlyMemory<byte>> HandleAsync(Invocation invocation, CancellationToken deadline)
    {
        var request = AuthorizerEvent.Parse(invocation.Event.Span);
        var headers = request.Headers ?? new Dictionary<string, string>(StringComparer.Ordinal);
        var answer = await authorizer.DecideAsync(headers, Scope.Ingest, deadline);
        return JsonSerializer.SerializeToUtf8Bytes(answer, AuthorizerJson.Default.AuthorizerAnswer);
    }
}

/// <summary>What an HTTP API asks of an authorizer (payload format 2.0).</summary>
/// <param name="Headers">Names in lower case.</param>
internal sealed record AuthorizerEvent(string Type, IReadOnlyDictionary<string, string>? Headers = null)
{
    /// <exception cref="InvalidDataException">It is no such question.</exception>
    public static AuthorizerEvent Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LambdaJson.Default.AuthorizerEvent) is { Type: "REQUEST" } parsed
                ? parsed
                : throw new InvalidDataException("The event is no question about a request.");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"The event is no question about a request: {failure.Message}", failure);
        }
    }
}
