using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary>Where a training tells what it does: lines of JSON, or words.</summary>
internal sealed class TrainOutput(CommandHost host, bool isJson, bool isQuiet)
{
    public bool IsJson => isJson;

    public bool IsQuiet => isQuiet;

    public void Event(TrainEvent what)
    {
        if (isJson)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(what, CliJson.Default.TrainEvent));
            host.Output.Flush();
        }
    }

    /// <summary>For the reader while it goes on.</summary>
    public void Note(string text)
    {
        if (!isJson && !isQuiet)
        {
            host.Note(text);
        }
    }

    /// <summary>The result.</summary>
    public void Result(string text)
    {
        if (!isJson)
        {
            host.Output.WriteLine(text);
        }
    }
}

/// <summary>Numbers and answers in words.</summary>
internal static class TrainText
{
    /// <summary>Rounded away from zero: a bound that is printed smaller than it is would be none.</summary>
    public static double Up(double bound) => Math.Ceiling(bound * 1e4) / 1e4;

    public static string Of(PrivacySpent spent)
    {
        var both = spent.Accountants is { } by
            ? $"ε ≤ {Up(by.Rdp)} by RDP, {Up(by.Pld)} by PLD"
            : $"ε ≤ {Up(spent.EpsilonSpent)}";
        return $"{both}, of {spent.TargetEpsilon}, at δ = {spent.Delta} after {spent.Steps} steps{(spent.PrivacyLevel is { } level ? $" (level {level})" : "")}";
    }

    public static double? Number(this JsonObject answer, string member) =>
        answer[member] is { } node && node.GetValueKind() == JsonValueKind.Number
            ? JsonSerializer.Deserialize(node, CliJson.Default.Double)
            : null;
}
