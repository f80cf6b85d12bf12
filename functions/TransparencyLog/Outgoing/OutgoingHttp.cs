using System.Net;
using System.Net.Http.Headers;

namespace Lace.Functions.TransparencyLog.Outgoing;

/// <summary>Posts to servers of other parties, who may be slow, broken or hostile: one time limit for the whole exchange, answers of limited size, no redirects.</summary>
internal sealed class OutgoingHttp : IDisposable
{
    private static readonly TimeSpan PooledConnectionLifetime = TimeSpan.FromMinutes(5); // so that a changed address is noticed

    private readonly HttpClient client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = PooledConnectionLifetime,
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The answer, whatever its status.</summary>
    /// <param name="maxBytes">Of the answer's body.</param>
    /// <exception cref="OutgoingException">No answer came in time, or it is too large.</exception>
    public async Task<OutgoingAnswer> PostAsync(
        Uri address,
        string mediaType,
        ReadOnlyMemory<byte> body,
        TimeSpan timeLimit,
        int maxBytes,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeLimit);
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ReadOnlyMemoryContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return new OutgoingAnswer(
                response.StatusCode,
                response.Content.Headers.ContentType?.MediaType,
                response.Headers,
                await ReadAsync(response.Content, maxBytes, limit.Token)
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OutgoingException($"{address} did not answer within {timeLimit.TotalSeconds:0.###} seconds.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new OutgoingException($"{address} cannot be reached: {failure.Message}", failure);
        }
    }

    public void Dispose() => client.Dispose();

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpContent content,
        int maxBytes,
        CancellationToken cancellationToken
    )
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[maxBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= maxBytes
            ? buffer.AsMemory(0, length)
            : throw new OutgoingException($"The answer has more than {maxBytes} bytes.");
    }
}

/// <summary>What another party's server answered.</summary>
/// <param name="MediaType">Of the body, without parameters; null where none is stated.</param>
internal sealed record OutgoingAnswer(
    HttpStatusCode Status,
    string? MediaType,
    HttpResponseHeaders Headers,
    ReadOnlyMemory<byte> Body
);

/// <summary>Another party's server gave no usable answer; the message says which and why.</summary>
internal sealed class OutgoingException(string message, Exception? cause = null) : Exception(message, cause);
