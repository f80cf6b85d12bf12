using System.Text.Json.Serialization;

namespace Lace.Evidence.Verification;

/// <summary>What a verification found: the answer of <c>GET /v1/verify/{id}</c> (protocol §8).</summary>
/// <param name="Id">Of the run.</param>
/// <param name="Verdict"><c>CONSISTENT</c>, <c>PARTLY_CONSISTENT</c>, <c>INCONSISTENT</c> or <c>INCONCLUSIVE</c>.</param>
/// <param name="Statistic">Null where the run carries none; <paramref name="Reason"/> says why.</param>
public sealed record VerificationResult(
    string Id,
    string AttestationId,
    string Verdict,
    string Reason,
    int Level,
    string LevelName,
    IReadOnlyList<Check> Checks,
    StatisticResult? Statistic,
    CorrelationResult? Correlation,
    UndeclaredResult Undeclared,
    RunResult Run,
    IReadOnlyList<string> OtherRuns,
    IReadOnlyList<string> Shows,
    IReadOnlyList<string> DoesNotShow,
    PlotResult Plot,
    DateTimeOffset ComputedAt,
    string Method
);

/// <summary>The statistic with its null and its error bounds; never the score alone.</summary>
/// <param name="Points">Points of the log.</param>
/// <param name="N">Usable points, on which the score rests.</param>
/// <param name="GradeCap">The best grade that the binding of the order allows; null where nothing caps it.</param>
public sealed record StatisticResult(
    string Name,
    string Null,
    double Score,
    double PTail,
    double PShift,
    double CiLow,
    double CiHigh,
    int Points,
    int N,
    double NEff,
    [property: JsonPropertyName("log10_lr")] double Log10LikelihoodRatio,
    double NullMean,
    double NullSd,
    string Grade,
    string? GradeCap,
    string Alias,
    string? Warning
);

/// <summary>The seed's <c>get_correlation</c>: an effect size and its word. No error rate; the statistic has it.</summary>
public sealed record CorrelationResult(double Score, string Verdict);

public sealed record UndeclaredResult(double Fraction, IReadOnlyList<StepSpan> Steps);

/// <summary>Step numbers of the run, both ends included.</summary>
public sealed record StepSpan(long From, long To);

/// <summary>What came of the run.</summary>
/// <param name="Gaps">Pairs of segment numbers, both ends included.</param>
/// <param name="Refused">By the reasons of protocol §5.</param>
public sealed record RunResult(
    string Order,
    long Points,
    long Segments,
    IReadOnlyList<long[]> Gaps,
    IReadOnlyDictionary<string, long> Refused,
    int Superseded,
    int NonFinite,
    DateTimeOffset? FirstLossAt,
    bool Finished
);

/// <summary>Observed and predicted loss less its slow trend, in nats a token: parallel arrays, thinned evenly if there are very many points.</summary>
public sealed record PlotResult(
    IReadOnlyList<long> Step,
    IReadOnlyList<double> Observed,
    IReadOnlyList<double> Predicted,
    IReadOnlyList<bool> Flagged
);

/// <summary>Reads and writes <see cref="VerificationResult"/> as the protocol has it.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(VerificationResult))]
public sealed partial class VerificationJson : JsonSerializerContext;
