using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary>Makes the steps of a training client on its registered dataset, then saves its state and writes the certificate.</summary>
/// <remarks>
/// Several operations are under way at a time, so that the worker never waits for this program. What was sent is finished by the service
/// also when this program ends: <c>--resume</c> counts it in.
/// </remarks>
internal sealed class TrainRun(CommandHost host, TrainOutput output, LaceApi api, TrainingSession session)
{
    private const int UnderWay = 4;
    private const int MostStepsAtOnce = 64;
    private static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan BetweenPrivacy = TimeSpan.FromSeconds(2);

    private readonly Queue<(JsonObject Sent, int Steps)> underWay = [];
    private PrivacySpent? privacy;
    private long privacyAskedAt;
    private int atOnce = 1;
    private bool isSpent;

    /// <summary>The exit code.</summary>
    /// <param name="steps">In all, those already made included.</param>
    /// <param name="save">Name of the state.</param>
    /// <param name="certificate">File of the certificate, or null for <paramref name="save"/>.dp-certificate.json.</param>
    public async Task<int> RunAsync(long steps, string save, string? certificate, CancellationToken cancellationToken)
    {
        try
        {
            var made = await TrainAsync(steps, cancellationToken);
            await SaveAsync(made, steps, save, certificate, cancellationToken);
        }
        catch (Exception cause) when (cause is OperationCanceledException or CliException)
        {
            output.Note($"The training client stays as it is. Go on with: lace train --resume {session.Id}");
            throw;
        }

        return isSpent ? ExitCode.BudgetSpent : ExitCode.Ok;
    }

    private async Task<long> TrainAsync(long steps, CancellationToken cancellationToken)
    {
        var (made, sent) = (session.Client.Step, session.Client.Step);
        privacy = session.Client.DpMetrics;
        using var progress = new StepProgress(host, output, session.Id, made, steps);
        while (made < steps)
        {
            while (sent < steps && underWay.Count < UnderWay && !isSpent)
            {
                sent += await SendAsync(steps - sent, cancellationToken);
            }

            if (!underWay.TryPeek(out var next))
            {
                break;
            }

            var asked = host.Time.GetTimestamp();
            var result = await session.ResultAsync(next.Sent, cancellationToken);
            underWay.Dequeue();
            // Short steps go together: a question each would take longer than the step.
            if (host.Time.GetElapsedTime(asked) < Brief)
            {
                atOnce = Math.Min(MostStepsAtOnce, atOnce * 2);
            }

            made = (long?)result.Number("step") ?? made + next.Steps;
            await AskPrivacyAsync(result, cancellationToken);
            progress.Report(
                made,
                result.Number("loss"),
                (long)(result.Number("tokens_processed") ?? 0),
                privacy?.EpsilonSpent,
                privacy?.TargetEpsilon
            );
        }

        return made;
    }

    /// <summary>Sends as many steps as the budget still has; 0 where it has none.</summary>
    private async Task<int> SendAsync(long left, CancellationToken cancellationToken)
    {
        for (var count = (int)Math.Min(atOnce, left); count > 0; count /= 2)
        {
            try
            {
                underWay.Enqueue(
                    (await session.SendAsync("train_step", new() { ["steps"] = count }, cancellationToken), count)
                );
                return count;
            }
            catch (ApiException refused) when (refused.Code == "DP_BUDGET_EXCEEDED")
            {
                atOnce = Math.Max(1, count / 2);
            }
        }

        isSpent = true;
        return 0;
    }

    private async Task AskPrivacyAsync(JsonObject result, CancellationToken cancellationToken)
    {
        if (privacy is null)
        {
            return;
        }

        if (result["dp_metrics"] is JsonObject metrics && metrics.Number("epsilon_spent") is { } spent)
        {
            privacy = privacy with { EpsilonSpent = spent };
        }
        else if (host.Time.GetElapsedTime(privacyAskedAt) > BetweenPrivacy)
        {
            privacyAskedAt = host.Time.GetTimestamp();
            privacy = (await AskAsync(cancellationToken)).DpMetrics ?? privacy;
        }
    }

    private Task<TrainingClientAnswer> AskAsync(CancellationToken cancellationToken) =>
        api.GetAsync(
            "v1/training_clients/" + Uri.EscapeDataString(session.Id),
            CliJson.Default.TrainingClientAnswer,
            cancellationToken
        );

    private async Task SaveAsync(
        long made,
        long steps,
        string save,
        string? certificate,
        CancellationToken cancellationToken
    )
    {
        privacy = privacy is null ? null : await session.PrivacyAsync(cancellationToken);
        if (isSpent)
        {
            output.Event(
                new("budget_spent", session.Id, made, steps, null, privacy?.EpsilonSpent, privacy?.TargetEpsilon)
            );
            output.Note(
                $"The privacy budget is spent: it paid for {made} of {steps} steps. One more would exceed it, so training ends here."
            );
        }

        var saved = await SavedState.SaveAsync(api, session, save, null, certificate, host, cancellationToken);
        var run = session.Client.Config["run"]?.GetValue<string>();
        output.Event(
            new(
                "saved",
                session.Id,
                made,
                steps,
                null,
                privacy?.EpsilonSpent,
                privacy?.TargetEpsilon,
                null,
                privacy?.Accountants,
                saved.ArtifactId,
                saved.Certificate,
                run
            )
        );
        output.Result(
            $"""
            training client  {session.Id}
            steps            {made} of {steps}{(isSpent ? ": the privacy budget is spent" : "")}
            privacy          {(privacy is null ? "none: there is no [dp] section" : TrainText.Of(privacy))}
            artifact         {saved.ArtifactId}
            certificate      {saved.Certificate}{(
                run is null ? "" : $"\nrun              {run}: lace verify --id {run}"
            )}
            """
        );
    }
}
