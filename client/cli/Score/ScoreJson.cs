using System.Text;
using System.Text.Json;
using Lace.Evidence.Trajectories;

namespace Lace.Cli.Score;

/// <summary>One JSON object a line. Names of the statistic's members are those of protocol §8.</summary>
internal sealed class ScoreJson(TextWriter writer) : IScoreOutput
{
    public void Write(ScoredRun scored)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteVerdict(json, scored);
            WriteStatistic(json, scored);
            WriteUndeclared(json, scored.Undeclared);
            WriteRun(json, scored.Score);
            WriteAssumptions(json, scored);
            json.WriteEndObject();
        }

        writer.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    public void End(string? order, int runs) { }

    private static void WriteVerdict(Utf8JsonWriter json, ScoredRun scored)
    {
        json.WriteString("id", scored.Run.Id);
        json.WriteString("label", scored.Run.Label);
        json.WriteString("kind", scored.Run.Kind);
        json.WriteString("verdict", scored.Verdict.Word);
        json.WriteString("reason", scored.Verdict.Reason);
        json.WriteString("method", TrajectoryTest.Method);
    }

    private static void WriteStatistic(Utf8JsonWriter json, ScoredRun scored)
    {
        if (scored.Score.Statistic is not { } statistic)
        {
            json.WriteNull("statistic");
            return;
        }

        json.WriteStartObject("statistic");
        json.WriteString("name", "batch-difficulty correlation");
        json.WriteString("null", "the claimed batches in a rotated order, refitted for each rotation");
        json.WriteNumber("score", statistic.Score);
        json.WriteNumber("p_tail", statistic.TailProbability);
        json.WriteNumber("p_shift", statistic.ShiftProbability);
        json.WriteNumber("ci_low", statistic.IntervalLow);
        json.WriteNumber("ci_high", statistic.IntervalHigh);
        json.WriteNumber("n", scored.Score.Usable);
        json.WriteNumber("n_eff", statistic.EffectivePoints);
        json.WriteNumber("shifts", statistic.Shifts);
        json.WriteNumber("null_mean", statistic.NullMean);
        json.WriteNumber("null_sd", statistic.NullStandardDeviation);
        json.WriteNumber("log10_lr", statistic.Log10LikelihoodRatio);
        json.WriteNumber("explained", statistic.Explained);
        json.WriteString("grade", Word(scored.Verdict.Grade));
        json.WriteString("grade_cap", scored.Verdict.GradeCap is { } cap ? Word(cap) : null);
        json.WriteString("alias", scored.Verdict.Alias);
        json.WriteString("warning", scored.Verdict.Warning);
        json.WriteEndObject();
    }

    private static void WriteUndeclared(Utf8JsonWriter json, UndeclaredSteps undeclared)
    {
        json.WriteStartObject("undeclared");
        json.WriteNumber("fraction", undeclared.Fraction);
        json.WriteStartArray("steps");
        foreach (var range in undeclared.Steps)
        {
            json.WriteStartObject();
            json.WriteNumber("from", range.From);
            json.WriteNumber("to", range.To);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRun(Utf8JsonWriter json, TrajectoryScore score)
    {
        json.WriteStartObject("run");
        json.WriteNumber("points", score.Logged);
        json.WriteNumber("superseded", score.Superseded);
        json.WriteNumber("non_finite", score.NonFinite);
        json.WriteNumber("without_batch", score.WithoutBatch);
        json.WriteNumber("spikes_dropped", score.SpikesDropped);
        json.WriteNumber("warm_up", score.WarmUp);
        json.WriteEndObject();
    }

    private static void WriteAssumptions(Utf8JsonWriter json, ScoredRun scored)
    {
        json.WriteBoolean("order_binding_assumed", scored.OrderAssumed);
        json.WriteStartArray("assumptions");
        foreach (var assumption in TrajectoryAssumption.All)
        {
            json.WriteStartObject();
            json.WriteString("id", assumption.Id);
            json.WriteString("statement", assumption.Statement);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("breaks", scored.Breaks?.Id);
    }

    private static string Word(TrajectoryGrade grade) => grade.ToString().ToLowerInvariant();
}
