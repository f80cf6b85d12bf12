using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Lace.Moto;

/// <summary>Stands before moto on a port of its own: gives it the signing keys that it lacks, makes it atomic, and lets requests fail.</summary>
/// <remarks>Moto looks at a condition and writes in two steps, on threads; here the requests to one service wait for one another.</remarks>
public sealed class AwsFront : IAsyncDisposable
{
    private static readonly string[] NotForwarded = ["Transfer-Encoding", "Connection", "Keep-Alive", "Expect"];

    private static ReadOnlySpan<byte> Unexplained => "{\"__type\":\"AccessDeniedException\"}"u8;

    private static ReadOnlySpan<byte> Explained =>
        """{"__type":"AccessDeniedException","message":"The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."}"""u8;

    private readonly Uri moto;
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly Dictionary<AwsService, SemaphoreSlim> turns = Enum.GetValues<AwsService>()
        .ToDictionary(service => service, _ => new SemaphoreSlim(1));
    private readonly KmsStandIn standIn = new();
    private WebApplication app = null!;

    private AwsFront(Uri moto) => this.moto = moto;

    public Uri Address => new(app.Urls.First());

    public AwsFaults Faults { get; } = new();

    /// <summary>Changes answers of moto before they are given, as for a job that moto has done at once and that is to run on.</summary>
    public Func<AwsRequest, byte[], byte[]> Rewrite { get; set; } = (_, answer) => answer;

    /// <param name="port">0 for a free one.</param>
    public static async Task<AwsFront> StartAsync(Uri moto, int port = 0)
    {
        var front = new AwsFront(moto);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        front.app = builder.Build();
        front.app.Run(front.AnswerAsync);
        await front.app.StartAsync();
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
        foreach (var turn in turns.Values)
        {
            turn.Dispose();
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var request = Parse(context, body.ToArray()) with
        {
            HeaderNames = [.. context.Request.Headers.Keys.Select(name => name.ToLowerInvariant())],
        };
        if (IsOfAnotherTime(context))
        {
            context.Response.Headers.Date = (TimeProvider.System.GetUtcNow() + Faults.ClockSkew).ToString("R");
            var code = request.Service == AwsService.S3 ? "RequestTimeTooSkewed" : "InvalidSignatureException";
            await AwsRefusal.WriteAsync(context.Response, request.Service, 403, code, "Signature expired.");
            return;
        }

        var fault = Faults.Next(request);
        switch (fault)
        {
            case AwsFault.Hangs:
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            case AwsFault.Dropped:
                await Faults.BetweenAsync();
                context.Abort();
                break;
            case AwsFault.Throttled or AwsFault.Failed or AwsFault.Conflict or AwsFault.Expired or AwsFault.Forbidden:
                await AwsRefusal.WriteAsync(context.Response, request, fault);
                break;
            default:
                await ForwardAsync(context, request, fault);
                break;
        }
    }

    private async Task ForwardAsync(HttpContext context, AwsRequest request, AwsFault fault)
    {
        var own = standIn.Answer(request);
        using var answer = own is null ? await SendAsync(context, request) : null;
        switch (fault)
        {
            case AwsFault.Lost:
                await Faults.BetweenAsync();
                context.Abort();
                break;
            case AwsFault.FailedAfter:
                await AwsRefusal.WriteAsync(context.Response, request, fault);
                break;
            case var _ when own is not null:
                context.Response.StatusCode = own.Status;
                context.Response.ContentType = "application/x-amz-json-1.1";
                context.Response.ContentLength = own.Body.Length;
                await context.Response.Body.WriteAsync(own.Body);
                break;
            default:
                await CopyAsync(request, answer!, context.Response);
                break;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpContext context, AwsRequest request)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var forwarded = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(moto, target))
        {
            Content = new ReadOnlyMemoryContent(request.Body),
        };
        foreach (var (name, values) in context.Request.Headers)
        {
            if (!NotForwarded.Contains(name) && !forwarded.Headers.TryAddWithoutValidation(name, (string?[])values!))
            {
                forwarded.Content.Headers.TryAddWithoutValidation(name, (string?[])values!);
            }
        }

        var turn = turns[request.Service];
        await turn.WaitAsync();
        try
        {
            return await http.SendAsync(forwarded);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task CopyAsync(AwsRequest request, HttpResponseMessage answer, HttpResponse response)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (!NotForwarded.Contains(name))
            {
                response.Headers[name] = values.ToArray();
            }
        }

        if (!HttpMethods.IsHead(response.HttpContext.Request.Method) && response.StatusCode is not (204 or 304))
        {
            var body = Rewrite(request, Repair(request, await answer.Content.ReadAsByteArrayAsync()));
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body);
        }
    }

    private bool IsOfAnotherTime(HttpContext context) =>
        DateTimeOffset.TryParseExact(
            context.Request.Headers["X-Amz-Date"],
            "yyyyMMddTHHmmssZ",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var signed
        )
        && (TimeProvider.System.GetUtcNow() + Faults.ClockSkew - signed).Duration() > TimeSpan.FromMinutes(5);

    /// <summary>Of bytes that another key wrapped, KMS says so; moto leaves the sentence out.</summary>
    private static byte[] Repair(AwsRequest request, byte[] answer) =>
        request is { Service: AwsService.Kms, Operation: "Decrypt" } && answer.AsSpan().SequenceEqual(Unexplained)
            ? Explained.ToArray()
            : answer;

    private static AwsRequest Parse(HttpContext context, byte[] body)
    {
        var target = context.Request.Headers["X-Amz-Target"].ToString();
        var path = context.Request.Path.Value ?? "";
        var service = target switch
        {
            _ when target.StartsWith("DynamoDB_", StringComparison.Ordinal) => AwsService.DynamoDb,
            _ when target.StartsWith("TrentService.", StringComparison.Ordinal) => AwsService.Kms,
            _ when target.StartsWith("AmazonSQS.", StringComparison.Ordinal) => AwsService.Sqs,
            _ when IsBatch(context) => AwsService.Batch,
            _ => AwsService.S3,
        };
        var operation = service switch
        {
            AwsService.Batch => path,
            AwsService.S3 => $"{context.Request.Method} {path}",
            _ => target[(target.IndexOf('.', StringComparison.Ordinal) + 1)..],
        };
        return new AwsRequest(service, operation, body, CallerOf(context.Request.Headers.Authorization.ToString()));
    }

    /// <summary>Of <c>… Credential=KEY/DATE/REGION/SERVICE/aws4_request, …</c>.</summary>
    private static string CallerOf(string authorization)
    {
        const string Credential = "Credential=";
        var at = authorization.IndexOf(Credential, StringComparison.Ordinal);
        return at < 0 ? "" : authorization[(at + Credential.Length)..].Split('/')[0];
    }

    private static bool IsBatch(HttpContext context) =>
        context.Request.Headers.Authorization.ToString().Contains("/batch/aws4_request", StringComparison.Ordinal);
}
