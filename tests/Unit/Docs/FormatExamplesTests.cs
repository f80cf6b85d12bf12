using Lace.Tests.Architecture;
using static Lace.Tests.Docs.FormatExamples;

namespace Lace.Tests.Docs;

public sealed class FormatExamplesTests
{
    [Fact]
    public void The_index_shows_what_the_files_hold()
    {
        Assert.Equal(ReadText("statement.json"), IndexPage.Text("statement"));
        Assert.Equal(ReadText("leaf-p256.json"), IndexPage.Text("leaf-p256"));
        Assert.Equal(ReadText("leaf-hybrid.json"), IndexPage.Text("leaf-hybrid"));
        Assert.StartsWith(IndexPage.Lines("checkpoint"), ReadText("checkpoint"), StringComparison.Ordinal);
        Assert.StartsWith(IndexPage.Lines("audit-entry"), ReadText("audit.jsonl"), StringComparison.Ordinal);
        Assert.Equal(Policy.Log.Keys[0].ToString(), IndexPage.Text("log-vkey"));
    }

    [Fact]
    public void Every_page_has_its_line_in_the_index()
    {
        var pages = Directory
            .GetFiles(FormatPage.PathOf("formats"), "*.md")
            .Select(path => Path.GetFileName(path))
            .Where(page => page != "README.md");
        var index = File.ReadAllText(FormatPage.PathOf("formats/README.md"));
        Assert.All(pages, page => Assert.Contains($"| [{page}]({page}) |", index, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_example_of_every_page_is_read_by_a_test()
    {
        var tests = string.Concat(Sources.Files("*.cs", "tests/Unit/Docs").Select(File.ReadAllText));
        var pages = Directory.GetFiles(FormatPage.PathOf("formats"), "*.md").Append(FormatPage.PathOf("protocol.md"));
        var examples = pages.SelectMany(path => FormatPage.Open(path).Examples);
        var files = Directory.GetFiles(FormatPage.PathOf("formats/examples")).Select(path => Path.GetFileName(path));
        Assert.All(examples.Concat(files), name => Assert.Contains($"{name}\")", tests, StringComparison.Ordinal));
    }
}
