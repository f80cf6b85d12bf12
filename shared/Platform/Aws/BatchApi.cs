using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Amazon.Runtime;

namespace Lace.Platform.Aws;

/// <summary>The four requests to AWS Batch that are needed: its package of the SDK cannot be had everywhere we build.</summary>
internal sealed class BatchApi(HttpClient http, AwsSettings settings, AwsCredentials credentials, TimeProvider clock)
{
    private const string Service = "batch";

    private readonly Uri endpoint = settings.Endpoint ?? new Uri($"https://{Service}.{settings.Region}.amazonaws.com");

    public async Task<string> SubmitAsync(BatchSubmission submission, CancellationToken cancellationToken) =>
        (
            await PostAsync(
                "submitjob",
                submission,
                BatchJson.Default.BatchSubmission,
                BatchJson.Default.BatchSubmitted,
                cancellationToken
            )
        ).JobId;

    /// <summary>Null for a job that Batch does not know, or knows no more: a week after its end.</summary>
    public async Task<BatchJob?> DescribeAsync(string jobId, CancellationToken cancellationToken) =>
        (
            await PostAsync(
                "describejobs",
                new BatchJobIds([jobId]),
                BatchJson.Default.BatchJobIds,
                BatchJson.Default.BatchDescription,
                cancellationToken
            )
        ).Jobs
            is [var job, ..]
            ? job
            : null;

    /// <summary>Id of a job of that name, whatever its state, or null.</summary>
    public async Task<string?> FindAsync(string queue, string jobName, CancellationToken cancellationToken) =>
        (
            await PostAsync(
                "listjobs",
                new BatchSearch(queue, [new BatchFilter("JOB_NAME", [jobName])]),
                BatchJson.Default.BatchSearch,
                BatchJson.Default.BatchFound,
                cancellationToken
            )
        ).JobSummaryList
            is [var job, ..]
            ? job.JobId
            : null;

    /// <summary>Ends the job in whatever state it is; nothing happens if it has ended.</summary>
    public Task TerminateAsync(string jobId, string reason, CancellationToken cancellationToken) =>
        PostAsync(
            "terminatejob",
            new BatchTermination(jobId, reason),
            BatchJson.Default.BatchTermination,
            cancellationToken
        );

    private async Task<TAnswer> PostAsync<TQuestion, TAnswer>(
        string operation,
        TQuestion question,
        JsonTypeInfo<TQuestion> questionType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken
    ) => Parse(await PostAsync(operation, question, questionType, cancellationToken), answerType);

    private async Task<byte[]> PostAsync<T>(
        string operation,
        T question,
        JsonTypeInfo<T> questionType,
        CancellationToken cancellationToken
    )
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Host"] = endpoint.Authority,
            ["Content-Type"] = "application/json",
        };
        using var request = SignedRequest.Sign(
            HttpMethod.Post,
            new Uri(endpoint, $"/v1/{operation}"),
            headers,
            JsonSerializer.SerializeToUtf8Bytes(question, questionType),
            Service,
            settings.Region,
            await credentials.GetAsync(cancellationToken),
            clock.GetUtcNow() + AwsClock.Correction
        );
        using var answer = await http.SendAsync(request, cancellationToken);
        var content = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        return answer.IsSuccessStatusCode ? content : throw Refusal(operation, answer, content);
    }

    private static T Parse<T>(byte[] content, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(content, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new StorageException("Batch gave an answer that cannot be read.", e);
        }
    }

    private static AmazonServiceException Refusal(string operation, HttpResponseMessage answer, byte[] content)
    {
        // As name, or name:address.
        var code = answer.Headers.TryGetValues("x-amzn-errortype", out var names)
            ? names.First().Split(':')[0]
            : answer.StatusCode.ToString();
        var text = System.Text.Encoding.UTF8.GetString(content.AsSpan(0, Math.Min(content.Length, 500)));
        return new AmazonServiceException($"Batch refused {operation}: {code} {text}")
        {
            ErrorCode = code,
            StatusCode = answer.StatusCode,
        };
    }
}

/// <param name="JobName">1 to 128 letters, digits, hyphens or underscores; more than one job may have it.</param>
internal sealed record BatchSubmission(
    string JobName,
    string JobQueue,
    string JobDefinition,
    BatchOverrides ContainerOverrides
);

internal sealed record BatchOverrides(IReadOnlyList<string> Command, IReadOnlyList<BatchVariable> Environment);

internal sealed record BatchVariable(string Name, string Value);

internal sealed record BatchSubmitted(string JobId);

internal sealed record BatchJobIds(IReadOnlyList<string> Jobs);

internal sealed record BatchDescription(IReadOnlyList<BatchJob>? Jobs);

/// <param name="Status"><c>SUBMITTED</c>, <c>PENDING</c>, <c>RUNNABLE</c>, <c>STARTING</c>, <c>RUNNING</c>, <c>SUCCEEDED</c> or <c>FAILED</c>.</param>
internal sealed record BatchJob(string JobId, string Status, string? StatusReason, BatchContainer? Container);

internal sealed record BatchContainer(int? ExitCode, string? Reason);

internal sealed record BatchSearch(string JobQueue, IReadOnlyList<BatchFilter> Filters);

internal sealed record BatchFilter(string Name, IReadOnlyList<string> Values);

internal sealed record BatchFound(IReadOnlyList<BatchSummary>? JobSummaryList);

internal sealed record BatchSummary(string JobId);

internal sealed record BatchTermination(string JobId, string Reason);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(BatchSubmission))]
[JsonSerializable(typeof(BatchSubmitted))]
[JsonSerializable(typeof(BatchJobIds))]
[JsonSerializable(typeof(BatchDescription))]
[JsonSerializable(typeof(BatchSearch))]
[JsonSerializable(typeof(BatchFound))]
[JsonSerializable(typeof(BatchTermination))]
internal sealed partial class BatchJson : JsonSerializerContext;
