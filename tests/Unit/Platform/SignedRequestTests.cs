using System.Globalization;
using Amazon.Runtime;
using Lace.Platform.Aws;

namespace Lace.Tests.Platform;

public sealed class SignedRequestTests
{
    /// <summary>The example of a GET with a range in AWS's description of Signature Version 4 for S3.</summary>
    [Fact]
    public void Signs_as_the_published_example()
    {
        using var request = SignedRequest.Sign(
            HttpMethod.Get,
            new Uri("https://examplebucket.s3.amazonaws.com/test.txt"),
            new Dictionary<string, string> { ["Host"] = "examplebucket.s3.amazonaws.com", ["Range"] = "bytes=0-9" },
            [],
            "s3",
            "us-east-1",
            new ImmutableCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", null),
            DateTimeOffset.Parse("2013-05-24T00:00:00Z", CultureInfo.InvariantCulture)
        );
        Assert.Equal(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            string.Join(' ', request.Headers.GetValues("Authorization"))
        );
    }
}
