using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lace.Functions.Lambda;

/// <summary>A request as an HTTP API of API Gateway gives it (payload format 2.0): what of it makes an HTTP request.</summary>
/// <param name="RawPath">With the stage in front where it is not <c>$default</c>; escaped or not, as the gateway likes.</param>
/// <param name="Headers">Names in lower case; several values of one name joined by commas, and never taken apart: dates hold commas.</param>
/// <param name="Cookies">What came in the header <c>Cookie</c>, one a piece.</param>
internal sealed record HttpApiEvent(
    string Version,
    string RawPath,
    HttpApiContext RequestContext,
    string? RawQueryString = null,
    IReadOnlyDictionary<string, string>? Headers = null,
    IReadOnlyList<string>? Cookies = null,
    string? Body = null,
    bool IsBase64Encoded = false
)
{
    /// <exception cref="InvalidDataException">It is no event of this format.</exception>
    public static HttpApiEvent Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LambdaJson.Default.HttpApiEvent) is { Version: "2.0" } parsed
                ? parsed
                : throw new InvalidDataException("The event is of another format than HTTP API 2.0.");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException($"The event is no HTTP request: {failure.Message}", failure);
        }
    }
}

internal sealed record HttpApiContext(
    HttpApiRequestLine Http,
    string? DomainName = null,
    string? Stage = null,
    HttpApiAuthorizer? Authorizer = null
);

internal sealed record HttpApiRequestLine(string Method, string? Protocol = null, string? SourceIp = null);

internal sealed record HttpApiAuthorizer(HttpApiToken? Jwt = null);

internal sealed record HttpApiToken(IReadOnlyDictionary<string, JsonElement>? Claims = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(HttpApiEvent))]
[JsonSerializable(typeof(SqsEvent))]
[JsonSerializable(typeof(SqsAnswer))]
[JsonSerializable(typeof(AuthorizerEvent))]
internal sealed partial class LambdaJson : JsonSerializerContext;
