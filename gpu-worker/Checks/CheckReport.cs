using System.Text;
using System.Text.Json.Serialization;

namespace Lace.Worker.Checks;

/// <summary>What a check found, as tables for <c>docs/benchmarks.md</c> or as JSON.</summary>
internal sealed record CheckReport(
    string Device,
    string Libtorch,
    string? Blas,
    int Rounds,
    IReadOnlyList<Agreement> Agreements,
    IReadOnlyList<StepTime> Times
)
{
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine($"{Device}, libtorch {Libtorch}{(Blas is null ? "" : $", {Blas}")}").AppendLine();
        if (Agreements.Count > 0)
        {
            text.AppendLine("| against the CPU, float32 | relative difference | agrees |")
                .AppendLine("| --- | --- | --- |");
            foreach (var row in Agreements)
            {
                text.AppendLine($"| {row.Name} | {row.Difference:0.0e+0} | {(row.Holds ? "yes" : "NO")} |");
            }

            text.AppendLine();
        }

        if (Times.Count == 0)
        {
            return text.ToString().TrimEnd();
        }

        text.AppendLine($"Medians of {Rounds} rounds; the ratio is paired within a round.").AppendLine();
        text.AppendLine(
            "| step | plain ms | private ms | ratio | plain tokens/s | private tokens/s | plain GB | private GB |"
        );
        text.AppendLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var row in Times)
        {
            text.AppendLine(
                $"| {row.Name} | {row.PlainMilliseconds:0.0} | {row.PrivateMilliseconds:0.0} | {row.Ratio:0.00} | {Rate(row, row.PlainMilliseconds)} | {Rate(row, row.PrivateMilliseconds)} | {Gigabytes(row.PlainBytes)} | {Gigabytes(row.PrivateBytes)} |"
            );
        }

        return text.ToString().TrimEnd();
    }

    private static string Rate(StepTime row, double milliseconds) => $"{row.Tokens / milliseconds * 1000:0}";

    private static string Gigabytes(long? bytes) => bytes is { } known ? $"{known / 1e9:0.00}" : "not measured";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(CheckReport))]
internal sealed partial class CheckJson : JsonSerializerContext;
