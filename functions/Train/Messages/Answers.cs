using System.Text.Json;

namespace Lace.Functions.Train.Messages;

/// <param name="Status"><c>initializing</c>, <c>ready</c>, <c>busy</c>, <c>error</c> or <c>terminated</c>.</param>
/// <param name="Step">Optimizer steps made.</param>
/// <param name="Config">As it was asked for, with what was left out filled in.</param>
/// <param name="NextSeqId">Place of the next operation that names none.</param>
/// <param name="Pending">Operations accepted and not ended.</param>
/// <param name="DpMetrics">Under differential privacy: the ledger by the budget's accountant alone.</param>
internal sealed record TrainingClientAnswer(
    string TrainingClientId,
    string TenantId,
    string ModelRef,
    string Status,
    long Step,
    DateTimeOffset CreatedAt,
    CreateTrainingClient Config,
    long NextSeqId,
    int Pending,
    DpMetrics? DpMetrics = null,
    FutureError? Error = null
);

/// <summary>What the stored ledger says. ε is an upper bound; both accountants' bounds hold.</summary>
/// <param name="EpsilonSpent">Of committed steps, by the budget's accountant.</param>
/// <param name="TotalEpsilon">The same, under the name that TenSafe gave it.</param>
/// <param name="EpsilonReserved">Of committed and reserved steps: what has to be assumed to be spent.</param>
/// <param name="EpsilonRemaining">The budget less epsilon_reserved, at least 0.</param>
/// <param name="Steps">Committed steps that were charged.</param>
/// <param name="NumSteps">The same, under the name that TenSafe gave it.</param>
/// <param name="PrivacyLevel"><c>strong</c> to 1, <c>moderate</c> to 8, <c>weak</c> to 16, else <c>minimal</c>.</param>
/// <param name="Accountants">ε of committed steps by each; absent where only the budget's was asked.</param>
/// <param name="Sampling">Who drew the batches: <c>enforced</c> by the worker, <c>declared</c> by the caller, or <c>mixed</c>; <c>none</c> before the first step.</param>
/// <param name="Unit">What one is protected: a record.</param>
/// <param name="Neighbours">Datasets that differ by one record more or less.</param>
internal sealed record DpMetrics(
    double EpsilonSpent,
    double TotalEpsilon,
    double EpsilonReserved,
    double EpsilonRemaining,
    double TargetEpsilon,
    double Delta,
    long Steps,
    long NumSteps,
    string PrivacyLevel,
    string AccountantType,
    EpsilonByAccountant? Accountants,
    double NoiseMultiplier,
    double MaxGradNorm,
    double SampleRate,
    long DatasetSize,
    string Sampling,
    string Unit = "record",
    string Neighbours = "add_or_remove_one"
);

internal sealed record EpsilonByAccountant(double Rdp, double Pld);

/// <summary>An accepted operation.</summary>
/// <param name="Status"><c>pending</c>, <c>running</c>, <c>completed</c>, <c>failed</c> or <c>cancelled</c>.</param>
/// <param name="Type"><c>try_again</c> until it has ended: ask again, best with <c>wait</c>.</param>
/// <param name="QueueState">Until it has ended: <c>active</c>, or <c>paused_capacity</c> where it waits for an operation before it that was not sent.</param>
/// <param name="Result">On <c>/result</c>, once completed.</param>
internal sealed record FutureAnswer(
    string FutureId,
    string Status,
    string TrainingClientId,
    string Operation,
    long SeqId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    string? Type = null,
    string? QueueState = null,
    JsonElement? Result = null,
    FutureError? Error = null
);

/// <param name="Category">Tinker's: <c>user</c> where the request was at fault, else <c>server</c>.</param>
internal sealed record FutureError(string Code, string Message, string Category);

internal sealed record Cancelled(bool Success);

/// <summary>A sealed state.</summary>
/// <param name="ArtifactType"><c>training_state</c>.</param>
/// <param name="Step">Optimizer steps in it.</param>
/// <param name="SizeBytes">Of the sealed file.</param>
/// <param name="ContentBytes">Of what is sealed in it.</param>
/// <param name="ContentHash"><c>sha256:</c> and the hash of what is sealed in it.</param>
/// <param name="IncludesOptimizer">Whether a training can go on from it as if it had not stopped.</param>
/// <param name="BaseDigest">Of the weights that the training began with.</param>
/// <param name="Certificate">Whether it was trained under differential privacy, and so has a certificate.</param>
internal sealed record ArtifactAnswer(
    string ArtifactId,
    string ArtifactType,
    string TrainingClientId,
    string? Name,
    string ModelRef,
    long Step,
    long SizeBytes,
    long ContentBytes,
    string ContentHash,
    ArtifactEncryption Encryption,
    bool IncludesOptimizer,
    string? BaseDigest,
    bool Certificate,
    DateTimeOffset CreatedAt,
    IReadOnlyDictionary<string, JsonElement>? Metadata
);

internal sealed record ArtifactEncryption(string Algorithm, string KeyId);

/// <summary>One page, newest first.</summary>
/// <param name="Next">The cursor of the next page; absent on the last.</param>
internal sealed record ArtifactList(IReadOnlyList<ArtifactAnswer> Items, string? Next);
