using System.Net;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Lace.Platform;
using Lace.Platform.Aws;

namespace Lace.Tests.Platform;

public sealed class AwsFailureTests
{
    [Theory]
    [InlineData("ProvisionedThroughputExceededException", 400, AwsFailure.Refused)]
    [InlineData("ThrottlingException", 400, AwsFailure.Refused)]
    [InlineData("SlowDown", 503, AwsFailure.Refused)]
    [InlineData("ConditionalRequestConflict", 409, AwsFailure.Refused)]
    [InlineData("RequestTimeout", 400, AwsFailure.Unknown)]
    [InlineData("InternalServerError", 500, AwsFailure.Unknown)]
    [InlineData("ServiceUnavailable", 503, AwsFailure.Unknown)]
    [InlineData("ValidationException", 400, AwsFailure.Final)]
    [InlineData("AccessDeniedException", 400, AwsFailure.Final)]
    [InlineData("ExpiredTokenException", 400, AwsFailure.Final)]
    internal void What_a_service_answers(string code, int status, AwsFailure expected) =>
        Assert.Equal(
            expected,
            AwsFailures.Of(new AmazonServiceException("text") { ErrorCode = code, StatusCode = (HttpStatusCode)status })
        );

    [Fact]
    public void A_connection_that_broke_leaves_it_open_and_a_fault_of_ours_is_none_of_a_service()
    {
        Assert.Equal(AwsFailure.Unknown, AwsFailures.Of(new HttpRequestException()));
        Assert.Equal(AwsFailure.Unknown, AwsFailures.Of(new TaskCanceledException()));
        Assert.Equal(AwsFailure.Unknown, AwsFailures.Of(new EndOfStreamException()));
        Assert.Equal(AwsFailure.Final, AwsFailures.Of(new AmazonClientException("no credentials")));
        Assert.Null(AwsFailures.Of(new StorageException("said before")));
        Assert.Null(AwsFailures.Of(new InvalidOperationException()));
    }

    [Theory]
    [InlineData("None", "TransactionConflict", AwsFailure.Refused, false)]
    [InlineData("ThrottlingError", "None", AwsFailure.Refused, false)]
    [InlineData("ConditionalCheckFailed", "TransactionConflict", AwsFailure.Final, true)]
    [InlineData("ItemCollectionSizeLimitExceeded", "None", AwsFailure.Final, false)]
    internal void A_transaction_is_tried_again_only_where_no_condition_failed(
        string first,
        string second,
        AwsFailure expected,
        bool condition
    )
    {
        var cancelled = new TransactionCanceledException("text")
        {
            CancellationReasons = [new CancellationReason { Code = first }, new CancellationReason { Code = second }],
        };
        Assert.Equal((expected, condition), (AwsFailures.Of(cancelled)!.Value, AwsFailures.IsCondition(cancelled)));
    }
}
