using System.Text.Json.Serialization;
using Lace.Evidence.Statements;
using Lace.Functions.TransparencyLog;

namespace Lace.Functions.Notary;

/// <summary>The policy file of this server (docs/formats/policy.md): what somebody who trusts it may verify its bundles with.</summary>
internal sealed record ServedPolicy(
    string Format,
    IReadOnlyList<ServedKey> StatementKeys,
    IReadOnlyList<string> Require,
    ServedLog Log,
    ServedWitnesses Witnesses
);

/// <param name="ValidUntil">Null while the key signs.</param>
internal sealed record ServedKey(
    StatementAlgorithm Algorithm,
    byte[] PublicKey,
    DateTimeOffset ValidFrom,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] DateTimeOffset? ValidUntil
);

internal sealed record ServedLog(string Origin, IReadOnlyList<string> Vkeys);

internal sealed record ServedWitnesses(int Quorum, IReadOnlyList<string> Vkeys);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ServedPolicy))]
internal sealed partial class PolicyJson : JsonSerializerContext;

internal static class PolicyApi
{
    private const string FiveSeconds = "public, max-age=5";

    public static void MapPolicy(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/log/policy.json", GetAsync)
            .WithTags("Log")
            .WithSummary("The keys of this server")
            .WithDescription(
                "All keys that ever signed statements here with the times for which they count, and those of the log. Who takes them from here trusts this server: compare them over another way."
            )
            .Produces<ServedPolicy>();

    private static async Task<IResult> GetAsync(
        StatementKeys keys,
        LogKeys log,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        var statementKeys = await keys.ListAsync(cancellationToken);
        response.Headers.CacheControl = FiveSeconds;
        var policy = new ServedPolicy(
            "lace-policy/1",
            [
                .. statementKeys.Select(key => new ServedKey(
                    key.Algorithm,
                    key.PublicKey.ToArray(),
                    key.ValidFrom,
                    key.ValidUntil
                )),
            ],
            ["p256", "hybrid"],
            new ServedLog(log.Origin, [.. log.Verifiers.Select(key => key.ToString())]),
            new ServedWitnesses(0, [])
        );
        return TypedResults.Json(policy, PolicyJson.Default.ServedPolicy);
    }
}
