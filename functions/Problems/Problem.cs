using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Functions.Hosting;
using Lace.Functions.Plans;

namespace Lace.Functions.Problems;

/// <summary>A refusal as RFC 9457 problem details: what went wrong under a code that never changes, and the remedy.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable name of the problem, for programs: words joined by underscores, lower-case but on the training routes.</param>
/// <param name="Detail">Cause and remedy in one or two sentences, for people. Never key material or data of the caller.</param>
internal sealed record Problem(int Status, string Code, string Detail) : IResult, IStatusCodeHttpResult
{
    public const string ContentType = "application/problem+json";

    /// <summary>Readable as it is: the answer is JSON and never part of a page.</summary>
    private static readonly HostJson Readable = new(
        new JsonSerializerOptions(HostJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
    );

    /// <summary>Seconds after which a repeat can succeed; sent as <c>Retry-After</c>.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Ranges of chunk numbers that are not there, both ends included.</summary>
    public IReadOnlyList<long[]>? Missing { get; init; }

    /// <summary>On the training routes: figures and names that belong to the code, such as the field that is wrong.</summary>
    public JsonObject? Details { get; init; }

    /// <summary>With <c>quota_exceeded</c>: what is used up.</summary>
    public ProblemQuota? Quota { get; init; }

    int? IStatusCodeHttpResult.StatusCode => Status;

    /// <summary>The same words for what is not there, what is another tenant's and what cannot be an id.</summary>
    public static Problem NotFound(string what) =>
        new(StatusCodes.Status404NotFound, "not_found", $"There is no such {what} under this key.");

    public static Problem Invalid(string detail) => new(StatusCodes.Status400BadRequest, "invalid_request", detail);

    /// <summary>The code of the refusal that a request was answered with; null where it was not refused.</summary>
    public static string? CodeOf(HttpContext context) => context.Items[typeof(Problem)] as string;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Items[typeof(Problem)] = Code;
        var training = httpContext.GetEndpoint()?.Metadata.GetMetadata<TrainingCodes>() is not null;
        return (training ? TrainingCodes.Spell(this) : this).SendAsync(httpContext, training);
    }

    private async Task SendAsync(HttpContext httpContext, bool training)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        if (RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString();
        }

        var traceId = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier;
        var error = training ? new ProblemError(Code, Detail, Details ?? [], traceId) : null;
        var document = new ProblemDocument(
            $"urn:lace:problem:{Code}",
            Title(),
            Status,
            Code,
            Detail,
            traceId,
            Missing,
            error,
            Quota
        );
        var body = JsonSerializer.SerializeToUtf8Bytes(document, Readable.ProblemDocument);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }

    private string Title() => char.ToUpperInvariant(Code[0]) + Code[1..].Replace('_', ' ').ToLowerInvariant();
}

/// <param name="Missing">With <c>chunks_missing</c>: ranges of chunk numbers, both ends included.</param>
/// <param name="Quota">With <c>quota_exceeded</c>: what is used up, and when counting begins anew.</param>
/// <param name="Error">On the training routes: the same once more, where clients of TenSafe and TG-Tinker look.</param>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Code,
    string Detail,
    string TraceId,
    IReadOnlyList<long[]>? Missing,
    ProblemError? Error = null,
    ProblemQuota? Quota = null
);

/// <param name="RequestId">The <c>trace_id</c>.</param>
internal sealed record ProblemError(string Code, string Message, JsonObject Details, string RequestId);
