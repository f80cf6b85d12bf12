using System.Globalization;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Lace.Platform.Aws;

/// <summary>Signs by the time of the services where the clock of this machine is wrong: the SDK would, were its retries not off.</summary>
internal static class AwsClock
{
    /// <summary>Services take signatures of up to five minutes from now.</summary>
    private static readonly TimeSpan Tolerated = TimeSpan.FromMinutes(4);

    private static readonly HashSet<string> Refusals = new(StringComparer.Ordinal)
    {
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    };

    /// <summary>What is added to the clock of this machine.</summary>
    public static TimeSpan Correction => AWSConfigs.ManualClockCorrection ?? TimeSpan.Zero;

    /// <summary>Whether the request was refused for its time, and the next will have another.</summary>
    public static bool TryCorrect(Exception failure, TimeProvider clock)
    {
        if (
            failure
                is not AmazonServiceException { ErrorCode: { } code, InnerException: HttpErrorResponseException answer }
            || !Refusals.Contains(code)
            || !DateTimeOffset.TryParse(
                answer.Response?.GetHeaderValue("Date"),
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var theirs
            )
        )
        {
            return false;
        }

        var correction = theirs - clock.GetUtcNow();
        if ((correction - Correction).Duration() < Tolerated)
        {
            return false;
        }

        AWSConfigs.ManualClockCorrection = correction;
        return true;
    }
}
