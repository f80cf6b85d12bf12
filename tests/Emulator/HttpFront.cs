using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Lace.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Lace.Emulator;

/// <summary>Where requests of one kind go.</summary>
/// <param name="Function">Name of the function; null where the body is put on the queue as it is.</param>
public sealed partial record Route(string Method, string Pattern, string? Function)
{
    private readonly Regex path = new(
        "^" + Variable().Replace(Regex.Escape(Pattern), m => m.Groups["all"].Success ? ".*" : "[^/]+") + "$",
        RegexOptions.NonBacktracking
    );

    /// <summary>Parts that are no variable: API Gateway prefers the route with more of them.</summary>
    public int Literals => Pattern.Split('/').Count(part => !part.StartsWith('{'));

    public bool Matches(string method, string path) => (Method == "ANY" || Method == method) && this.path.IsMatch(path);

    [GeneratedRegex(@"\\{[a-z]+(?<all>\\\+)?}", RegexOptions.None, 1000)]
    private static partial Regex Variable();
}

/// <summary>An HTTP API in front of functions: its routes, its authorizer with a memory of a minute, its limits.</summary>
public sealed class HttpFront : IAsyncDisposable
{
    private const int MaxBodyBytes = 10_000_000;
    private static readonly TimeSpan AuthorizerMemory = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (bool Allowed, DateTimeOffset Until)> authorized = new(
        StringComparer.Ordinal
    );
    private readonly IReadOnlyList<Route> routes;
    private readonly IReadOnlyDictionary<string, EmulatedFunction> functions;
    private readonly Func<ReadOnlyMemory<byte>, Task> send;
    private readonly WebApplication app;

    private HttpFront(
        IReadOnlyList<Route> routes,
        IReadOnlyDictionary<string, EmulatedFunction> functions,
        Func<ReadOnlyMemory<byte>, Task> send,
        WebApplication app
    )
    {
        this.routes = [.. routes.OrderByDescending(route => route.Literals)];
        this.functions = functions;
        this.send = send;
        this.app = app;
    }

    public Uri Address => new(app.Urls.First());

    /// <param name="send">Puts a message on the queue.</param>
    public static async Task<HttpFront> StartAsync(
        int port,
        IReadOnlyList<Route> routes,
        IReadOnlyDictionary<string, EmulatedFunction> functions,
        Func<ReadOnlyMemory<byte>, Task> send
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var front = new HttpFront(routes, functions, send, builder.Build());
        front.app.Urls.Add($"http://{IPAddress.Loopback}:{port}");
        front.app.Run(front.AnswerAsync);
        await front.app.StartAsync();
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (await ReadAsync(request) is not { } body)
        {
            await SayAsync(response, StatusCodes.Status413PayloadTooLarge, "Request Entity Too Large");
            return;
        }

        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        if (routes.FirstOrDefault(route => route.Matches(request.Method, target)) is not { } route)
        {
            await SayAsync(response, StatusCodes.Status404NotFound, "Not Found");
        }
        else if (route.Function is { } name)
        {
            await InvokeAsync(functions[name], request, body, response);
        }
        else if (await AuthorizeAsync(request) is var status && status != StatusCodes.Status200OK)
        {
            await SayAsync(response, status, status == StatusCodes.Status403Forbidden ? "Forbidden" : "Unauthorized");
        }
        else
        {
            try
            {
                await send(body);
            }
            catch (StorageException failure)
            {
                await Console.Error.WriteLineAsync($"queue {failure.Message}");
                await SayAsync(response, StatusCodes.Status500InternalServerError, "Internal Server Error");
                return;
            }

            response.StatusCode = StatusCodes.Status202Accepted;
            response.ContentType = "text/xml";
            await response.WriteAsync("<SendMessageResponse/>");
        }
    }

    private static async Task InvokeAsync(
        EmulatedFunction function,
        HttpRequest request,
        ReadOnlyMemory<byte> body,
        HttpResponse response
    )
    {
        var outcome = await function.InvokeAsync(HttpEvents.Of(request, body));
        if (outcome.Answer is null)
        {
            var timedOut = outcome.ErrorType == Outcome.TimedOut;
            await (
                timedOut
                    ? SayAsync(response, StatusCodes.Status503ServiceUnavailable, "Service Unavailable")
                    : SayAsync(response, StatusCodes.Status500InternalServerError, "Internal Server Error")
            );
            return;
        }

        await HttpEvents.SendAsync(response, outcome.Json);
    }

    private async Task<int> AuthorizeAsync(HttpRequest request)
    {
        var identity = $"{request.Headers.Authorization}\n{request.Headers["X-Api-Key"]}";
        if (identity.Length == 1)
        {
            return StatusCodes.Status401Unauthorized;
        }

        if (!authorized.TryGetValue(identity, out var known) || known.Until < TimeProvider.System.GetUtcNow())
        {
            var outcome = await functions["authorizer"].InvokeAsync(HttpEvents.Of(request, default));
            if (outcome.Answer is null)
            {
                return StatusCodes.Status500InternalServerError;
            }

            var allowed = outcome.Json.GetProperty("isAuthorized").GetBoolean();
            known = (allowed, TimeProvider.System.GetUtcNow() + AuthorizerMemory);
            authorized[identity] = known;
        }

        return known.Allowed ? StatusCodes.Status200OK : StatusCodes.Status403Forbidden;
    }

    /// <summary>Null where it is larger than an HTTP API takes.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (await request.Body.ReadAsync(buffer) is > 0 and var read)
        {
            if (body.Length + read > MaxBodyBytes)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static Task SayAsync(HttpResponse response, int status, string message)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        var body = Encoding.UTF8.GetBytes($$"""{"message":"{{message}}"}""");
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body).AsTask();
    }
}
