using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary>A training client as far as the command line uses it.</summary>
internal sealed record TrainingClientAnswer(
    string TrainingClientId,
    string ModelRef,
    string Status,
    long Step,
    long NextSeqId,
    int Pending,
    JsonObject Config,
    PrivacySpent? DpMetrics
);

/// <summary>What was spent of a privacy budget.</summary>
/// <param name="Accountants">By both; absent where only the budget's was asked.</param>
internal sealed record PrivacySpent(
    double EpsilonSpent,
    double? EpsilonRemaining,
    double TargetEpsilon,
    double Delta,
    long Steps,
    string? PrivacyLevel,
    AccountantsSpent? Accountants,
    double? NoiseMultiplier,
    double? SampleRate,
    long? DatasetSize,
    string? Sampling
);

internal sealed record AccountantsSpent(double Rdp, double Pld);

/// <summary>An operation: its result, or where it stands.</summary>
internal sealed record FutureAnswer(
    string FutureId,
    string Status,
    string Operation,
    string? QueueState,
    JsonObject? Result,
    FutureFailure? Error
);

internal sealed record FutureFailure(string Code, string Message);

internal sealed record CreatedRun(string RunId);

internal sealed record AttestedDataset(long Records);

/// <summary>What <c>lace train --json</c> prints, one line each time.</summary>
/// <param name="Event"><c>created</c>, <c>step</c>, <c>budget_spent</c> or <c>saved</c>.</param>
internal sealed record TrainEvent(
    string Event,
    string TrainingClientId,
    long Step,
    long Steps,
    double? Loss = null,
    double? Epsilon = null,
    double? TargetEpsilon = null,
    double? TokensPerSecond = null,
    AccountantsSpent? Accountants = null,
    string? ArtifactId = null,
    string? Certificate = null,
    string? RunId = null
);

/// <summary>What <c>lace train save --json</c> prints.</summary>
/// <param name="Certificate">Its file; null without differential privacy.</param>
internal sealed record StateSaved(string ArtifactId, string? ContentHash, long? SizeBytes, string? Certificate);
