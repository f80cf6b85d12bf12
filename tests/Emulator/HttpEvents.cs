using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lace.Emulator;

/// <summary>HTTP requests as events of an HTTP API (payload format 2.0), and its answers as HTTP.</summary>
public static class HttpEvents
{
    private const string DefaultStage = "$default";

    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="stage">As in the path of API Gateway's own host names; <c>$default</c> has none there.</param>
    public static byte[] Of(HttpRequest request, ReadOnlyMemory<byte> body, string stage = DefaultStage)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = (stage == DefaultStage ? "" : "/" + stage) + target.Split('?')[0];
        var sourceIp = request.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "127.0.0.1";
        var headers = new JsonObject();
        foreach (var (name, values) in request.Headers)
        {
            if (!name.Equals("cookie", StringComparison.OrdinalIgnoreCase))
            {
                headers[name.ToLowerInvariant()] = string.Join(',', values.AsEnumerable());
            }
        }

        headers["x-forwarded-for"] = sourceIp;
        headers["x-forwarded-proto"] = "http";
        var made = new JsonObject
        {
            ["version"] = "2.0",
            ["type"] = "REQUEST",
            ["routeKey"] = "$default",
            ["rawPath"] = path,
            ["rawQueryString"] = request.QueryString.Value?.TrimStart('?') ?? "",
            ["headers"] = headers,
            ["requestContext"] = new JsonObject
            {
                ["accountId"] = "123456789012",
                ["apiId"] = "emulated",
                ["domainName"] = request.Host.Value,
                ["http"] = new JsonObject
                {
                    ["method"] = request.Method,
                    ["path"] = path,
                    ["protocol"] = request.Protocol,
                    ["sourceIp"] = sourceIp,
                    ["userAgent"] = request.Headers.UserAgent.ToString(),
                },
                ["requestId"] = Guid.NewGuid().ToString("N"),
                ["stage"] = stage,
            },
        };
        if (request.Headers.Cookie.Count > 0)
        {
            var cookies = request.Headers.Cookie.ToString().Split("; ").Select(cookie => JsonValue.Create(cookie));
            made["cookies"] = new JsonArray([.. cookies]);
        }

        if (body.Length > 0)
        {
            var isText = IsText(request.ContentType);
            made["body"] = isText ? Encoding.UTF8.GetString(body.Span) : Convert.ToBase64String(body.Span);
            made["isBase64Encoded"] = !isText;
        }

        return Encoding.UTF8.GetBytes(made.ToJsonString(Readable));
    }

    public static async Task SendAsync(HttpResponse response, JsonElement answer)
    {
        response.StatusCode = answer.GetProperty("statusCode").GetInt32();
        foreach (var header in answer.GetProperty("headers").EnumerateObject())
        {
            if (!header.Name.Equals("content-length", StringComparison.OrdinalIgnoreCase))
            {
                response.Headers[header.Name] = header.Value.GetString();
            }
        }

        if (answer.TryGetProperty("cookies", out var cookies))
        {
            response.Headers.SetCookie = cookies.EnumerateArray().Select(cookie => cookie.GetString()).ToArray();
        }

        var body = Body(answer);
        if (body.Length > 0)
        {
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body);
        }
    }

    /// <summary>The body of an answer.</summary>
    public static byte[] Body(JsonElement answer) =>
        answer.GetProperty("isBase64Encoded").GetBoolean()
            ? answer.GetProperty("body").GetBytesFromBase64()
            : Encoding.UTF8.GetBytes(answer.GetProperty("body").GetString()!);

    private static bool IsText(string? contentType)
    {
        var type = (contentType ?? "").Split(';')[0].Trim();
        return type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || type
                is "application/json"
                    or "application/xml"
                    or "application/javascript"
                    or "application/problem+json"
                    or "application/x-www-form-urlencoded";
    }
}
