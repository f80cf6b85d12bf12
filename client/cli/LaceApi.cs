using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Lace.Cli;

/// <summary>The service over HTTP: the key, retries, and every refusal as an <see cref="ApiException"/> with an exit code.</summary>
/// <remarks>
/// Retries what may succeed later (429, 5xx, a broken connection). Every POST carries an <c>Idempotency-Key</c>, the same one on a
/// retry, so that it happens once. Paths are relative: <c>v1/runs</c>. Safe to use from several threads.
/// </remarks>
internal sealed class LaceApi : IDisposable
{
    private const int Attempts = 6;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>Of an answer that is held in memory: more than the largest tile, bundle or verification has. Downloads are streamed.</summary>
    private const int MaxAnswerBytes = 64 << 20;

    private readonly HttpClient client;
    private readonly LaceConfig config;
    private readonly TimeProvider time;
    private readonly CommandHost? told;
    private long bytesSent;

    /// <param name="quiet">Whether to retry without a word.</param>
    public LaceApi(LaceConfig config, CommandHost host, bool quiet)
    {
        (this.config, time, told) = (config, host.Time, quiet ? null : host);
        client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            Timeout = TimeSpan.FromSeconds(100),
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("lace", "0.1"));
        if (config.ApiKey is { } key)
        {
            if (
                !client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + key)
                || key.Any(char.IsControl)
            )
            {
                throw new CliException("The API key has characters that no key has.", ExitCode.Authentication);
            }
        }
    }

    /// <summary>Bytes of all request bodies, those of retries included.</summary>
    public long BytesSent => Interlocked.Read(ref bytesSent);

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Get, Address(path)), type, cancellationToken);

    /// <summary>The answer's bytes as they are.</summary>
    public async Task<byte[]> GetBytesAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, Address(path)),
            cancellationToken
        );
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>Writes the answer's bytes as they come.</summary>
    /// <exception cref="CliException">The answer ended too early.</exception>
    public async Task DownloadAsync(string path, Stream output, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, Address(path)),
            cancellationToken,
            HttpCompletionOption.ResponseHeadersRead
        );
        try
        {
            await response.Content.CopyToAsync(output, cancellationToken);
        }
        catch (HttpRequestException cause)
        {
            throw new CliException(
                $"{config.Address} stopped in the middle of its answer ({cause.Message}): what was written is not complete. Run the command again.",
                ExitCode.Unavailable,
                cause
            );
        }
    }

    /// <summary>Posts a JSON body; what it does happens once, however often it is sent under <paramref name="idempotencyKey"/>.</summary>
    public Task<TAnswer> PostAsync<TBody, TAnswer>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        string? idempotencyKey,
        CancellationToken cancellationToken
    )
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, bodyType);
        var key = idempotencyKey ?? Guid.NewGuid().ToString();
        return SendAsync(
            () =>
            {
                var request = WithBody(HttpMethod.Post, path, bytes, "application/json");
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            answerType,
            cancellationToken
        );
    }

    /// <summary>Posts a question: a repeat changes nothing, so there is no key to keep its answer under.</summary>
    public Task<TAnswer> AskAsync<TBody, TAnswer>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken
    )
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, bodyType);
        return SendAsync(
            () => WithBody(HttpMethod.Post, path, bytes, "application/json"),
            answerType,
            cancellationToken
        );
    }

    /// <summary>Puts a JSON body: what it sets is set, however often it is sent.</summary>
    public Task<TAnswer> PutAsync<TBody, TAnswer>(
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken
    )
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, bodyType);
        return SendAsync(
            () => WithBody(HttpMethod.Put, path, bytes, "application/json"),
            answerType,
            cancellationToken
        );
    }

    /// <summary>Deletes: once more is answered the same.</summary>
    public Task<T> DeleteAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(() => new HttpRequestMessage(HttpMethod.Delete, Address(path)), type, cancellationToken);

    /// <summary>Puts bytes with their digest (RFC 9530).</summary>
    public async Task PutAsync(string path, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var digest = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(body.Span))}:";
        using var response = await SendAsync(
            () =>
            {
                var request = WithBody(HttpMethod.Put, path, body, "application/octet-stream");
                request.Content!.Headers.Add("Content-Digest", digest);
                return request;
            },
            cancellationToken
        );
    }

    public void Dispose() => client.Dispose();

    private Uri Address(string path) => new(config.BaseUrl, path);

    private HttpRequestMessage WithBody(HttpMethod method, string path, ReadOnlyMemory<byte> body, string type)
    {
        Interlocked.Add(ref bytesSent, body.Length);
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return new HttpRequestMessage(method, Address(path)) { Content = content };
    }

    private async Task<T> SendAsync<T>(
        Func<HttpRequestMessage> request,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
    {
        using var response = await SendAsync(request, cancellationToken);
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken)
                ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException cause)
        {
            throw new CliException(
                $"The answer of {config.Address} cannot be understood. Is it a Lace service of this version?",
                ExitCode.Unavailable,
                cause
            );
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> request,
        CancellationToken cancellationToken,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            HttpResponseMessage? response = null;
            try
            {
                using var message = request();
                response = await client.SendAsync(message, completion, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }

                if (attempt == Attempts || !MaySucceedLater(response.StatusCode))
                {
                    throw await ProblemOf(response, cancellationToken);
                }
            }
            catch (Exception cause) when (IsNetwork(cause) && !cancellationToken.IsCancellationRequested)
            {
                if (attempt == Attempts)
                {
                    throw new CliException(
                        $"{config.Address} cannot be reached ({cause.Message}). Is the service running? Start one with `lace serve`, or set --base-url.",
                        ExitCode.Unavailable,
                        cause
                    );
                }
            }

            if (attempt == 1)
            {
                told?.Note($"{config.Address} does not answer as it should; trying again for a while...");
            }

            var delay = DelayAfter(attempt, response?.Headers.RetryAfter);
            response?.Dispose();
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    private static bool IsNetwork(Exception cause) =>
        cause is HttpRequestException or IOException or TaskCanceledException { InnerException: TimeoutException };

    private static bool MaySucceedLater(HttpStatusCode status) =>
        status
            is HttpStatusCode.TooManyRequests
                or HttpStatusCode.RequestTimeout
                or >= HttpStatusCode.InternalServerError;

    private TimeSpan DelayAfter(int attempt, RetryConditionHeaderValue? retryAfter)
    {
        var wait = retryAfter?.Delta ?? (retryAfter?.Date - time.GetUtcNow()) ?? FirstDelay * Math.Pow(2, attempt - 1);
        return wait < TimeSpan.Zero ? TimeSpan.Zero
            : wait > LongestDelay ? LongestDelay
            : wait;
    }

    private static async Task<ApiException> ProblemOf(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        Problem? problem = null;
        try
        {
            problem = await response.Content.ReadFromJsonAsync(CliJson.Default.Problem, cancellationToken);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or NotSupportedException)
        {
            // An answer of something between us and the service, say a proxy's page.
        }

        response.Dispose();
        var code = problem?.Code ?? $"http_{status}";
        var text = problem?.Detail ?? problem?.Title ?? $"The service answered with status {status}.";
        return new ApiException($"{OneLine(text)} ({code})", ExitCodeOf(status, code), status, code);
    }

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));

    private static int ExitCodeOf(int status, string code) =>
        (status, code) switch
        {
            (_, "attestation_revoked") => ExitCode.Revoked,
            (_, "attestation_not_complete" or "chunks_missing") => ExitCode.Incomplete,
            (401 or 403, _) => ExitCode.Authentication,
            (402, _) => ExitCode.PlanUsedUp,
            (404, _) => ExitCode.NotFound,
            (408 or 429 or >= 500, _) => ExitCode.Unavailable,
            _ => ExitCode.Usage,
        };
}
