using System.Text.Json;
using Lace.Functions.Train.Messages;
using Lace.Platform;
using Lace.Privacy;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>From what is kept to what is answered.</summary>
internal static class AnswerMapping
{
    private const string TryAgain = "try_again";
    private const string Active = "active";
    private const string Paused = "paused_capacity";

    /// <param name="metrics">Null without differential privacy.</param>
    public static TrainingClientAnswer ToAnswer(this TrainingClient client, TenantId tenant, DpMetrics? metrics) =>
        new(
            client.Id,
            tenant.Value,
            client.Config.ModelRef,
            client.Status.ToString().ToLowerInvariant(),
            client.Step,
            client.CreatedAt,
            client.Config.ToMessage(),
            client.NextSeq,
            client.Pending,
            metrics,
            client.Error?.ToAnswer()
        );

    /// <param name="result">Of a completed operation, where it is asked for.</param>
    public static FutureAnswer ToAnswer(this OperationView view, JsonElement? result = null)
    {
        var operation = view.Operation;
        return new(
            operation.FutureId,
            operation.Status.ToString().ToLowerInvariant(),
            operation.ClientId,
            NameOf(operation.Kind),
            operation.Seq,
            operation.CreatedAt,
            operation.StartedAt,
            operation.CompletedAt,
            operation.HasEnded ? null : TryAgain,
            operation.HasEnded ? null
                : view.WaitsForPlace ? Paused
                : Active,
            result,
            operation.Error?.ToAnswer()
        );
    }

    public static ArtifactAnswer ToAnswer(this Artifact artifact) =>
        new(
            artifact.Id,
            "training_state",
            artifact.ClientId,
            artifact.Name,
            artifact.ModelRef,
            artifact.Step,
            artifact.Blob.SealedBytes,
            artifact.Blob.Bytes,
            "sha256:" + artifact.Blob.Sha256,
            new ArtifactEncryption(Artifact.Algorithm, artifact.KeyId),
            artifact.IncludesOptimizer,
            artifact.BaseDigest,
            artifact.Private,
            artifact.CreatedAt,
            artifact.Metadata
        );

    /// <param name="both">Whether to ask both accountants, or only the budget's.</param>
    public static DpMetrics ToMetrics(this BudgetRecord budget, TrainingConfig config, Epsilons epsilons, bool both)
    {
        var (target, delta, accountant) = budget.Budget;
        var spent = epsilons.Of(accountant, budget.Spent, delta);
        var held = epsilons.Of(accountant, budget.Held, delta);
        var steps = budget.Spent.Steps;
        return new(
            spent,
            spent,
            held,
            Math.Max(0, target - held),
            target,
            delta,
            steps,
            steps,
            PrivacyLevel.Of(spent).Name,
            config.Privacy!.Accountant,
            both
                ? new EpsilonByAccountant(
                    epsilons.Of(Accountant.Rdp, budget.Spent, delta),
                    epsilons.Of(Accountant.Pld, budget.Spent, delta)
                )
                : null,
            config.Privacy.NoiseMultiplier,
            config.Privacy.MaxGradNorm,
            config.Sampling!.SampleRate,
            config.Sampling.DatasetSize,
            steps == 0 ? "none"
                : budget.DeclaredSteps == 0 ? "enforced"
                : budget.DeclaredSteps == steps ? "declared"
                : "mixed"
        );
    }

    public static FutureError ToAnswer(this OperationError error) => new(error.Code, error.Message, error.Category);

    private static string NameOf(OperationKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
