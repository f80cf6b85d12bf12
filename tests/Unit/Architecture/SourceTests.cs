using System.Text.RegularExpressions;

namespace Lace.Tests.Architecture;

public sealed partial class SourceTests
{
    private const int MaxLines = 400;

    private const RegexOptions Options =
        RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace;

    [Fact]
    public void No_source_file_is_longer_than_a_reader_can_hold()
    {
        var files = Sources
            .Files("*.cs", "shared", "functions", "gpu-worker", "client", "cdk", "tests")
            .Concat(Sources.Files("*.py", "client", "samples", "tests"));
        var tooLong = files.Where(file => File.ReadLines(file).Count() > MaxLines).ToList();
        Assert.Empty(tooLong);
    }

    /// <summary>A statistic has a null and an error bound. No sentence that a user reads says more than it shows.</summary>
    [Fact]
    public void No_text_for_users_claims_more_than_a_statistic_can()
    {
        var code = Sources
            .Files("*.cs", "functions", "client", "shared")
            .Concat(Sources.Files("*.py", "client", "samples"));
        var texts = code.SelectMany(file =>
            Literals(File.ReadAllText(file), file.EndsWith(".py", StringComparison.Ordinal))
                .Select(text => (file, text))
        );
        var pages = new[] { "*.html", "*.svg", "*.js", "*.json" }
            .SelectMany(pattern => Sources.Files(pattern, "functions", "client", "shared"))
            .Select(file => (file, text: File.ReadAllText(file)));
        var claims = texts.Concat(pages).Where(found => Claim().IsMatch(found.text)).ToList();
        Assert.Empty(claims);
    }

    [Theory]
    [InlineData("var a = \"this proves it\";", true)]
    [InlineData("var a = $\"{b} is Unfakeable\";", true)]
    [InlineData("var a = \"\"\"\n  legal \"standard\" met\n  Legal standard met\n \"\"\";", true)]
    [InlineData("# don't\nx = 'the run proves it'", true, true)]
    [InlineData("x = 1 // 2; y = \"\"\"a\n\"proves\"\"\"\"", true, true)]
    [InlineData("# it isn't what proves it, is it? It doesn't\n", false, true)]
    [InlineData("// it isn't what proves it, is it? It doesn't\nvar a = 'x';", false)]
    [InlineData("var a = '\"'; /* proves */ var b = \"http://a\";", false)]
    [InlineData("var proves = \"consistent with\"; // it proves nothing", false)]
    [InlineData("var a = \"improves\";", false)]
    public void Claims_are_seen_in_literals_alone(string code, bool claims, bool python = false) =>
        Assert.Equal(claims, Literals(code, python).Any(text => Claim().IsMatch(text)));

    /// <summary>Comments are matched too, so that a quotation mark in one opens no literal.</summary>
    private static IEnumerable<string> Literals(string code, bool python) =>
        (python ? PythonLiteral() : CSharpLiteral())
            .Matches(code)
            .Select(match => match.Groups["text"])
            .Where(text => text.Success)
            .Select(text => text.Value);

    [GeneratedRegex(@"\b(proves|unfakeable|legal\s+standard\s+met)\b", RegexOptions.IgnoreCase, 10_000)]
    private static partial Regex Claim();

    [GeneratedRegex(
        """
            //[^\n]*|/\*.*?\*/|(?<text>"{3,}.*?"{3,}|"([^"\\\n]|\\.)*"|'([^'\\\n]|\\.)*')
            """,
        Options,
        10_000
    )]
    private static partial Regex CSharpLiteral();

    [GeneratedRegex(
        """
            \#[^\n]*|(?<text>"{3}.*?"{3}|'{3}.*?'{3}|"([^"\\\n]|\\.)*"|'([^'\\\n]|\\.)*')
            """,
        Options,
        10_000
    )]
    private static partial Regex PythonLiteral();
}
