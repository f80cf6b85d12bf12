using System.Text.Json;
using Lace.Evidence.Verification;

namespace Lace.Cli.Verify;

/// <summary>The checks of a file for people: one line each.</summary>
internal static class CheckLines
{
    private const int NameWidth = 42;

    /// <summary>A table of checks: what <c>--explain</c> prints.</summary>
    public static void Explain(TextWriter output, IEnumerable<(string Id, string Meaning)> table)
    {
        foreach (var (id, meaning) in table)
        {
            output.WriteLine($"{id.PadRight(NameWidth)}{meaning}");
        }
    }

    /// <param name="onTerminal">Marks and colours; else plain words, which a log or a pipe keeps.</param>
    public static void Write(TextWriter output, bool onTerminal, IReadOnlyList<Check> checks)
    {
        output.WriteLine("Checks");
        foreach (var (status, name, detail) in Lines(checks))
        {
            output.WriteLine($"  {CheckMark.Of(status, onTerminal)} {name.PadRight(NameWidth)}{Plain(detail)}");
        }
    }

    public static void WriteDoesNotShow(TextWriter output, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine("Does not show");
        foreach (var line in lines)
        {
            output.WriteLine("  - " + Plain(line));
        }
    }

    /// <summary>The first checks of a status by name, for a headline.</summary>
    public static string Names(IReadOnlyList<Check> checks, CheckStatus status)
    {
        const int Most = 3;
        var names = checks.Where(check => check.Status == status).Select(check => check.Name).ToArray();
        return string.Join(", ", names.Take(Most)) + (names.Length > Most ? $" and {names.Length - Most} more" : "");
    }

    /// <summary>Nothing of a file that was not verified may write to the terminal as it likes.</summary>
    public static string Plain(string text) =>
        text.Any(char.IsControl) ? JsonEncodedText.Encode(text).ToString() : text;

    /// <summary>The checks of a statement in one line where all passed, and a file of another form in one.</summary>
    private static IEnumerable<(CheckStatus Status, string Name, string Detail)> Lines(IReadOnlyList<Check> checks)
    {
        if (checks[0] is { Status: CheckStatus.Failed } otherForm)
        {
            return [(otherForm.Status, otherForm.Name, otherForm.Detail), (CheckStatus.NotChecked, "all others", "")];
        }

        return checks
            .GroupBy(check => check.Name.StartsWith("statement.", StringComparison.Ordinal) ? Group(check) : check.Name)
            .SelectMany(group =>
                group.Count() > 1 && group.All(check => check.Status == CheckStatus.Passed)
                    ? [(CheckStatus.Passed, group.Key + ".*", "Its form, both signatures and both log entries.")]
                    : group.Select(check => (check.Status, check.Name, check.Detail))
            );
    }

    private static string Group(Check check) => check.Name[..check.Name.LastIndexOf('.')];
}
