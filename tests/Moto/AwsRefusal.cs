using System.Text;
using Microsoft.AspNetCore.Http;

namespace Lace.Moto;

/// <summary>How each service says that it did not do something.</summary>
internal static class AwsRefusal
{
    public static Task WriteAsync(HttpResponse response, AwsRequest request, AwsFault fault)
    {
        var (status, code) = (request.Service, fault) switch
        {
            (AwsService.S3, AwsFault.Expired) => (400, "ExpiredToken"),
            (AwsService.S3, AwsFault.Forbidden) => (403, "AccessDenied"),
            (_, AwsFault.Forbidden) => (400, "AccessDeniedException"),
            (_, AwsFault.Expired) => (400, "ExpiredTokenException"),
            (AwsService.DynamoDb, AwsFault.Conflict) => (400, "TransactionCanceledException"),
            (AwsService.DynamoDb, AwsFault.Throttled) => (400, "ProvisionedThroughputExceededException"),
            (AwsService.DynamoDb, _) => (500, "InternalServerError"),
            (AwsService.S3, AwsFault.Conflict) => (409, "ConditionalRequestConflict"),
            (AwsService.S3, AwsFault.Throttled) => (503, "SlowDown"),
            (AwsService.S3, _) => (500, "InternalError"),
            (AwsService.Kms, AwsFault.Throttled) => (400, "ThrottlingException"),
            (AwsService.Kms, _) => (500, "KMSInternalException"),
            (AwsService.Sqs, AwsFault.Throttled) => (400, "RequestThrottled"),
            (AwsService.Batch, AwsFault.Throttled) => (429, "TooManyRequestsException"),
            _ => (500, "InternalFailure"),
        };
        return WriteAsync(response, request.Service, status, code, "A fault that a test asked for.");
    }

    public static async Task WriteAsync(HttpResponse response, AwsService service, int status, string code, string text)
    {
        response.StatusCode = status;
        response.ContentType = service == AwsService.S3 ? "application/xml" : "application/x-amz-json-1.0";
        response.Headers["x-amzn-errortype"] = code;
        var reasons =
            code == "TransactionCanceledException"
                ? ""","CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]"""
                : "";
        var body =
            service == AwsService.S3
                ? $"""<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{text}</Message></Error>"""
                : $$"""{"__type":"com.amazonaws#{{code}}","message":"{{text}}"{{reasons}}}""";
        var bytes = Encoding.UTF8.GetBytes(body);
        response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
        {
            await response.Body.WriteAsync(bytes);
        }
    }
}
