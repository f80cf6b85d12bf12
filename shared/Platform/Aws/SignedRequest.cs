using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.SQS;

namespace Lace.Platform.Aws;

/// <summary>A request under Signature Version 4, by the signer of the SDK, for the service that has no package.</summary>
/// <remarks>The signer is in a namespace named internal: AWSSDK.Core is pinned, and a test holds this to a published example.</remarks>
internal static class SignedRequest
{
    /// <param name="headers">With the host; those of the signature are added.</param>
    public static HttpRequestMessage Sign(
        HttpMethod method,
        Uri address,
        IReadOnlyDictionary<string, string> headers,
        byte[] body,
        string service,
        string region,
        ImmutableCredentials caller,
        DateTimeOffset at
    )
    {
        var unsigned = new DefaultRequest(new EmptyRequest(), service)
        {
            HttpMethod = method.Method,
            Endpoint = new Uri(address.GetLeftPart(UriPartial.Authority)),
            ResourcePath = address.AbsolutePath,
            Content = body,
            OverrideSigningServiceName = service,
            AuthenticationRegion = region,
        };
        foreach (var (name, value) in headers)
        {
            unsigned.Headers[name] = value;
        }

        if (caller.UseToken)
        {
            unsigned.Headers["x-amz-security-token"] = caller.Token;
        }

        // The configuration is asked for what the request does not say, which is nothing.
        var result = new AWS4Signer().SignRequest(
            unsigned,
            new AmazonSQSConfig(),
            null,
            caller.AccessKey,
            caller.SecretKey,
            at.UtcDateTime
        );
        var signed = new HttpRequestMessage(method, address) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in unsigned.Headers.Append(new("Authorization", result.ForAuthorizationHeader)))
        {
            if (!signed.Headers.TryAddWithoutValidation(name, value))
            {
                signed.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return signed;
    }

    private sealed class EmptyRequest : AmazonWebServiceRequest;
}
