using System.Net;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Lace.Platform.Aws;

/// <summary>What a failed call to AWS leaves behind.</summary>
internal enum AwsFailure
{
    /// <summary>Trying again does not help.</summary>
    Final,

    /// <summary>The service did nothing, and may do it later.</summary>
    Refused,

    /// <summary>Nobody knows whether the service did it: the answer was lost, or was an internal error.</summary>
    Unknown,
}

internal static class AwsFailures
{
    // DynamoDB, S3, KMS, SQS and Batch each have names of their own. NotFoundException is of KMS alone, which for some seconds
    // does not know a key that it just made.
    private static readonly HashSet<string> Busy = new(StringComparer.Ordinal)
    {
        "ConditionalRequestConflict",
        "ConflictException",
        "NotFoundException",
        "OperationAborted",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    };

    // S3 answers 400 when a body came too slowly.
    private static readonly HashSet<string> Lost = new(StringComparer.Ordinal) { "RequestTimeout" };

    /// <summary>Null for what is no failure of a service.</summary>
    public static AwsFailure? Of(Exception failure) =>
        failure switch
        {
            TransactionCanceledException cancelled => Of(cancelled),
            AmazonServiceException { ErrorCode: { } code } when Busy.Contains(code) => AwsFailure.Refused,
            AmazonServiceException { ErrorCode: { } code } when Lost.Contains(code) => AwsFailure.Unknown,
            AmazonServiceException service => IsOfTheClient(service) ? AwsFailure.Final : AwsFailure.Unknown,
            // A response that broke off, or whose checksum is wrong; without a cause it is the set-up, as missing credentials.
            AmazonClientException { InnerException: { } cause } => Of(cause) ?? AwsFailure.Final,
            AmazonClientException => AwsFailure.Final,
            HttpErrorResponseException or HttpRequestException or TimeoutException or OperationCanceledException =>
                AwsFailure.Unknown,
            IOException and not StorageException => AwsFailure.Unknown,
            _ => null,
        };

    /// <summary>Whether a condition of the transaction did not hold, which no repetition changes.</summary>
    public static bool IsCondition(TransactionCanceledException cancelled) =>
        cancelled.CancellationReasons?.Any(reason => reason.Code == "ConditionalCheckFailed") ?? false;

    private static AwsFailure Of(TransactionCanceledException cancelled) =>
        !IsCondition(cancelled) && (cancelled.CancellationReasons?.Any(reason => Busy.Contains(reason.Code)) ?? false)
            ? AwsFailure.Refused
            : AwsFailure.Final;

    private static bool IsOfTheClient(AmazonServiceException failure) =>
        failure.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError;
}
