using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lace.Functions.Lambda;

/// <summary>The Lambda Runtime API, version 2018-06-01: how a process gets its events and gives its answers.</summary>
internal sealed class RuntimeClient(string api) : IDisposable
{
    private const string ErrorType = "Lambda-Runtime-Function-Error-Type";

    // No time limit: between two events the process is frozen, for hours where nobody calls.
    // And no proxy, whatever the environment says: the API is on this machine.
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new Uri($"http://{api}/2018-06-01/runtime/"),
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The next event, as soon as there is one.</summary>
    /// <exception cref="RuntimeApiException">The answer is none that the API documents.</exception>
    public async Task<Invocation> NextAsync(CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync("invocation/next", cancellationToken);
        await RequireAsync(response, cancellationToken);
        var deadline =
            Header(response, "Lambda-Runtime-Deadline-Ms") is { } text && long.TryParse(text, out var milliseconds)
                ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
                : throw new RuntimeApiException("An event came without its deadline.");
        return new Invocation(
            Header(response, "Lambda-Runtime-Aws-Request-Id")
                ?? throw new RuntimeApiException("An event came without its request id."),
            deadline,
            XRayTrace.Parse(Header(response, "Lambda-Runtime-Trace-Id")),
            Header(response, "Lambda-Runtime-Invoked-Function-Arn"),
            Header(response, "Lambda-Runtime-Client-Context"),
            Header(response, "Lambda-Runtime-Cognito-Identity"),
            Header(response, "Lambda-Runtime-Aws-Tenant-Id"),
            await response.Content.ReadAsByteArrayAsync(cancellationToken)
        );
    }

    /// <summary>Answers an event; false where the answer is larger than Lambda takes.</summary>
    public async Task<bool> RespondAsync(
        string requestId,
        ReadOnlyMemory<byte> answer,
        CancellationToken cancellationToken
    )
    {
        using var content = new ReadOnlyMemoryContent(answer);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await http.PostAsync($"invocation/{requestId}/response", content, cancellationToken);
        if (response.StatusCode == HttpStatusCode.RequestEntityTooLarge)
        {
            return false;
        }

        await RequireAsync(response, cancellationToken);
        return true;
    }

    /// <summary>Says that an event was not answered.</summary>
    public Task FailAsync(string requestId, Exception failure, CancellationToken cancellationToken) =>
        ReportAsync($"invocation/{requestId}/error", failure, cancellationToken);

    /// <summary>Says that the process cannot start.</summary>
    public Task FailStartAsync(Exception failure, CancellationToken cancellationToken) =>
        ReportAsync("init/error", failure, cancellationToken);

    /// <summary>Says that the snapshot can be taken, and returns in a process that was made of it.</summary>
    public async Task RestoreNextAsync(CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync("restore/next", cancellationToken);
        await RequireAsync(response, cancellationToken);
    }

    /// <summary>Says that a process that was made of a snapshot cannot work.</summary>
    public Task FailRestoreAsync(Exception failure, CancellationToken cancellationToken) =>
        ReportAsync("restore/error", failure, cancellationToken);

    public void Dispose() => http.Dispose();

    private async Task ReportAsync(string path, Exception failure, CancellationToken cancellationToken)
    {
        var type = failure.GetType().Name;
        var trace = failure.StackTrace?.Split('\n', StringSplitOptions.TrimEntries) ?? [];
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new InvocationError(failure.Message, type, trace),
            RuntimeJson.Default.InvocationError
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.aws.lambda.error+json");
        request.Headers.Add(ErrorType, $"Lace.{type}");
        using var response = await http.SendAsync(request, cancellationToken);
        await RequireAsync(response, cancellationToken);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    private static async Task RequireAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var said = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new RuntimeApiException(
                $"The Runtime API answered {(int)response.StatusCode} to {response.RequestMessage!.RequestUri!.AbsolutePath}: {said}"
            );
        }
    }
}

/// <summary>The Runtime API does not do what it documents: the process cannot go on.</summary>
internal sealed class RuntimeApiException(string message) : Exception(message);

internal sealed record InvocationError(string ErrorMessage, string ErrorType, IReadOnlyList<string> StackTrace);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(InvocationError))]
internal sealed partial class RuntimeJson : JsonSerializerContext;
