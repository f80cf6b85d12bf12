using System.Text.RegularExpressions;
using Lace.Tests.Architecture;

namespace Lace.Tests.Docs;

public sealed partial class ThreatModelTests
{
    [Theory]
    [InlineData("threat-model.md")]
    [InlineData("privacy.md")]
    public void Every_test_that_the_page_names_exists(string page)
    {
        var tests = Methods().ToHashSet(StringComparer.Ordinal);
        var named = Rows(page).SelectMany(row => Named().Matches(row[^1])).Select(match => match.Groups["name"].Value);
        Assert.NotEmpty(named);
        Assert.Empty(named.Where(name => !tests.Contains(name)).Distinct());
    }

    [Fact]
    public void Every_attack_names_a_test_or_says_that_there_is_none()
    {
        var rows = Rows("threat-model.md").ToList();
        var silent = rows.Where(row =>
            !Named().IsMatch(row[^1]) && !row[^1].Contains("none", StringComparison.Ordinal)
        );
        Assert.Empty(silent.Select(row => row[0]));
        Assert.All(rows, row => Assert.Equal(3, row.Length));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{rows.Count} attacks, {rows.Count(row => !Named().IsMatch(row[^1]))} of them without a test"
        );
    }

    private static IEnumerable<string[]> Rows(string page) =>
        File.ReadLines(FormatPage.PathOf(page))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])
            .Where(row => row[0] is not "---" && !row[0].StartsWith("attack", StringComparison.Ordinal));

    private static IEnumerable<string> Methods()
    {
        var files = Sources
            .Files("*.cs", "tests/Unit", "tests/System")
            .Concat(Sources.Files("*.py", "client/python/tests"));
        foreach (var text in files.Select(File.ReadAllText))
        {
            var current = "";
            foreach (Match declared in Declaration().Matches(text))
            {
                current = declared.Groups["class"] is { Success: true } name ? name.Value : current;
                yield return $"{current}.{declared.Groups["method"].Value}";
            }
        }
    }

    [GeneratedRegex(@"`(?<name>[A-Z]\w+\.\w+)`", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Named();

    // A class, or a method that a test program would run.
    [GeneratedRegex(
        @"\bclass (?<class>\w+)|public (async )?(void|Task|ValueTask) (?<method>\w+)\(|def (?<method>test_\w+)\(",
        RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex Declaration();
}
