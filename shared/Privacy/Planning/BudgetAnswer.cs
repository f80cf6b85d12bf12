namespace Lace.Privacy.Planning;

/// <summary>What <c>lace budget --json</c> prints and <c>POST /v1/privacy/plans</c> answers: ε of the plan, or of what was solved for.</summary>
/// <param name="Rdp">ε by Rényi differential privacy.</param>
/// <param name="Pld">ε by the privacy loss distribution.</param>
/// <param name="PrivacyLevel">The guidance's word for the smaller of them.</param>
/// <param name="NoiseMultiplierNeeded">The least noise within the target, by each accountant.</param>
/// <param name="StepsAllowed">The most steps within the target, by each accountant.</param>
public sealed record BudgetAnswer(
    double Rdp,
    double Pld,
    string PrivacyLevel,
    double Delta,
    DeltaCheck DeltaCheck,
    double SampleRate,
    double? TargetEpsilon,
    double? NoiseMultiplier,
    NoiseByAccountant? NoiseMultiplierNeeded,
    long? Steps,
    StepsByAccountant? StepsAllowed,
    string Covers,
    IReadOnlyList<string> NotCovered,
    IReadOnlyList<GuidanceRow> Guidance
);

public sealed record NoiseByAccountant(double Rdp, double Pld);

public sealed record StepsByAccountant(long Rdp, long Pld);

/// <param name="Status"><c>passed</c>, <c>failed</c>, or <c>not_checked</c> where the size of the dataset was not given.</param>
public sealed record DeltaCheck(string Status, string Reason);

/// <param name="MostEpsilon">Null: no limit.</param>
public sealed record GuidanceRow(string Level, double? MostEpsilon, string Advice);
