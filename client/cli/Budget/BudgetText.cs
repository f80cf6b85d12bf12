using Lace.Privacy.Planning;

namespace Lace.Cli.Budget;

/// <summary>The plan in words.</summary>
internal static class BudgetText
{
    public static void Write(TextWriter output, BudgetAnswer answer)
    {
        if (answer.NoiseMultiplierNeeded is { } noise)
        {
            output.WriteLine(
                $"noise multiplier for ε ≤ {answer.TargetEpsilon}: {Up(noise.Rdp)} by RDP, {Up(noise.Pld)} by PLD"
            );
        }

        if (answer.StepsAllowed is { } steps)
        {
            output.WriteLine($"steps within ε ≤ {answer.TargetEpsilon}: {steps.Rdp} by RDP, {steps.Pld} by PLD");
        }

        output.WriteLine(
            $"ε at δ = {answer.Delta}: {Up(answer.Rdp)} by RDP, {Up(answer.Pld)} by PLD (both upper bounds)"
        );
        output.WriteLine($"level: {answer.PrivacyLevel}");
        output.WriteLine($"check δ < 1/records: {answer.DeltaCheck.Status}: {answer.DeltaCheck.Reason}");
        output.WriteLine();
        output.WriteLine($"covers: {answer.Covers}");
        output.WriteLine($"does not cover: {string.Join("; ", answer.NotCovered)}");
        output.WriteLine();
        output.WriteLine("guidance (a convention, not a theorem):");
        foreach (var row in answer.Guidance)
        {
            var most = row.MostEpsilon is { } limit ? $"ε ≤ {limit}" : "above";
            output.WriteLine($"  {most, -7} {row.Level, -9} {row.Advice}");
        }
    }

    /// <summary>Rounded away from zero: a bound that is printed smaller than it is would be none.</summary>
    private static string Up(double bound) => (Math.Ceiling(bound * 1e4) / 1e4).ToString("0.####");
}
