using System.Net;
using System.Security.Claims;
using System.Text;
using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Net.Http.Headers;

namespace Lace.Functions.Lambda;

/// <summary>Makes of an event what the pipeline takes for a request.</summary>
internal static class EventRequest
{
    private const string DefaultStage = "$default";
    private const int MaxRequestLineBytes = 8 << 10;
    private const int MaxHeaderBytes = 16 << 10;

    /// <summary>Who called is in the trace of X-Ray, which the loop made the parent: what a client says of it does not count.</summary>
    private static readonly string[] Unwanted =
    [
        HeaderNames.TraceParent,
        HeaderNames.TraceState,
        HeaderNames.RequestId,
        HeaderNames.CorrelationContext,
        HeaderNames.Baggage,
        HeaderNames.TransferEncoding,
    ];

    /// <summary>Why no request can be made of it: what Kestrel refuses before any code of ours.</summary>
    public static Problem? Check(HttpApiEvent from)
    {
        var line = Encoding.UTF8.GetByteCount(from.RawPath) + Encoding.UTF8.GetByteCount(from.RawQueryString ?? "");
        var headers =
            (from.Headers ?? new Dictionary<string, string>()).Sum(header =>
                header.Key.Length + Encoding.UTF8.GetByteCount(header.Value)
            ) + (from.Cookies ?? []).Sum(Encoding.UTF8.GetByteCount);
        return line > MaxRequestLineBytes
                ? new(StatusCodes.Status414UriTooLong, "address_too_long", "Path and query have at most 8 KiB.")
            : headers > MaxHeaderBytes
                ? new(
                    StatusCodes.Status431RequestHeaderFieldsTooLarge,
                    "headers_too_large",
                    "All headers together have at most 16 KiB."
                )
            : !from.RawPath.StartsWith('/') || from.RawPath.Contains('\0') || from.RawPath.Contains("%00")
                ? new(StatusCodes.Status400BadRequest, "malformed_request", "The path of the request is none.")
            : null;
    }

    /// <param name="deadline">The pipeline sees it as the end of the client's patience, too.</param>
    public static FeatureCollection ToFeatures(HttpApiEvent from, string requestId, CancellationToken deadline)
    {
        var features = new FeatureCollection();
        var body = BodyOf(from);
        var stream = new EventBody(body, Kestrel.DefaultMaxBodyBytes);
        features.Set<IHttpRequestFeature>(RequestOf(from, body.Length, stream));
        features.Set<IHttpRequestBodyDetectionFeature>(stream);
        features.Set<IHttpMaxRequestBodySizeFeature>(stream);
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = deadline });
        features.Set(new RequestDeadline(deadline));
        features.Set<IHttpRequestIdentifierFeature>(new HttpRequestIdentifierFeature { TraceIdentifier = requestId });
        features.Set<IHttpConnectionFeature>(
            new HttpConnectionFeature
            {
                ConnectionId = requestId,
                RemoteIpAddress = IPAddress.TryParse(from.RequestContext.Http.SourceIp, out var ip) ? ip : null,
            }
        );
        if (from.RequestContext.Authorizer?.Jwt?.Claims is { } claims)
        {
            features.Set<IHttpAuthenticationFeature>(new HttpAuthenticationFeature { User = UserOf(claims) });
        }

        return features;
    }

    private static HttpRequestFeature RequestOf(HttpApiEvent from, int length, Stream body)
    {
        var headers = HeadersOf(from, length);
        var query = string.IsNullOrEmpty(from.RawQueryString) ? "" : "?" + from.RawQueryString;
        var (pathBase, path) = PathOf(from);
        return new HttpRequestFeature
        {
            Protocol = from.RequestContext.Http.Protocol ?? "HTTP/1.1",
            Scheme = headers.TryGetValue("x-forwarded-proto", out var scheme) ? scheme.ToString() : "https",
            Method = from.RequestContext.Http.Method,
            PathBase = pathBase,
            Path = path,
            QueryString = query,
            RawTarget = from.RawPath + query,
            Headers = headers,
            Body = body,
        };
    }

    private static HeaderDictionary HeadersOf(HttpApiEvent from, int length)
    {
        var headers = new HeaderDictionary();
        foreach (var (name, value) in from.Headers ?? new Dictionary<string, string>())
        {
            headers[name] = value;
        }

        foreach (var name in Unwanted)
        {
            headers.Remove(name);
        }

        if (from.Cookies is { Count: > 0 } cookies)
        {
            headers[HeaderNames.Cookie] = string.Join("; ", cookies);
        }

        headers.TryAdd(HeaderNames.Host, from.RequestContext.DomainName);

        // Of the body as it is here: the gateway may have written it in base64.
        headers.ContentLength = from.Body is null ? null : length;
        return headers;
    }

    private static (string PathBase, string Path) PathOf(HttpApiEvent from)
    {
        var path = PathString.FromUriComponent(from.RawPath);
        return
            from.RequestContext.Stage is { Length: > 0 } stage
            && stage != DefaultStage
            && path.StartsWithSegments("/" + stage, StringComparison.Ordinal, out var rest)
            ? ("/" + stage, rest.HasValue ? rest.Value! : "/")
            : ("", path.Value!);
    }

    private static ReadOnlyMemory<byte> BodyOf(HttpApiEvent from)
    {
        if (from.Body is not { } body)
        {
            return default;
        }

        try
        {
            return from.IsBase64Encoded ? Convert.FromBase64String(body) : Encoding.UTF8.GetBytes(body);
        }
        catch (FormatException failure)
        {
            throw new InvalidDataException("The event's body is said to be base64 and is not.", failure);
        }
    }

    /// <summary>Claims by which our own keys let somebody in: no token of somebody else may carry them.</summary>
    private static readonly string[] OfKeys =
    [
        ApiKeyAuthentication.ScopeClaim,
        CurrentTenant.ClaimType,
        CurrentTenant.PlanClaimType,
    ];

    private static ClaimsPrincipal UserOf(IReadOnlyDictionary<string, System.Text.Json.JsonElement> claims) =>
        new(
            new ClaimsIdentity(
                claims
                    .Where(claim => !OfKeys.Contains(claim.Key))
                    .Select(claim => new Claim(claim.Key, claim.Value.ToString())),
                "jwt"
            )
        );
}
