using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Functions.TransparencyLog;
using Lace.Records.Notary;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.Notary;

/// <summary>The policy file of this server (docs/formats/policy.md): what somebody who trusts it may verify its bundles with.</summary>
internal static class PolicyApi
{
    private const string FiveSeconds = "public, max-age=5";

    public static void MapPolicy(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/log/policy.json", GetAsync)
            .LimitAddress()
            .WithTags("Log")
            .WithSummary("The keys of this server")
            .WithDescription(
                "All keys that ever signed statements here with the times for which they count, those of the log, and the witnesses that it asks. Who takes them from here trusts this server: compare them over another way."
            )
            .Produces(StatusCodes.Status200OK, contentType: "application/json")
            .Refuses(StatusCodes.Status429TooManyRequests);

    private static async Task<IResult> GetAsync(
        StatementKeys keys,
        LogKeys log,
        LogPartners partners,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        response.Headers.CacheControl = FiveSeconds;
        var policy = new LacePolicy(
            await keys.ListAsync(cancellationToken),
            [StatementAlgorithm.P256, StatementAlgorithm.Hybrid],
            new TrustedLog(log.Origin, log.Verifiers),
            partners.Trusted
        );
        return TypedResults.Bytes(policy.Write(), "application/json");
    }
}
