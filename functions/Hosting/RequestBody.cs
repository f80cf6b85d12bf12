using Microsoft.AspNetCore.Http.Metadata;

namespace Lace.Functions.Hosting;

internal static class RequestBody
{
    /// <summary>The largest body that the route takes, in bytes; larger ones are 413 <c>body_too_large</c>.</summary>
    public static TBuilder LimitBody<TBuilder>(this TBuilder route, long maxBytes)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new BodyLimit(maxBytes));

    /// <summary>The whole body.</summary>
    /// <exception cref="BadHttpRequestException">It is larger, ends early or comes too slowly.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(
        this HttpRequest request,
        int maxBytes,
        CancellationToken cancellationToken
    )
    {
        var known = (int)Math.Min(request.ContentLength ?? 64 << 10, maxBytes);
        var body = new MemoryStream(known);
        var buffer = new byte[64 << 10];
        while (await request.Body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (body.Length + read > maxBytes)
            {
                throw new BadHttpRequestException("Request body too large.", StatusCodes.Status413PayloadTooLarge);
            }

            body.Write(buffer, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
