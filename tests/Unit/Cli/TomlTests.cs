using System.Text.Json.Nodes;
using Lace.Cli.Train;

namespace Lace.Tests.Cli;

public sealed class TomlTests
{
    [Fact]
    public void Reads_what_configuration_files_have()
    {
        var read = Toml.Parse(
            """
            # a comment
            model = "org/name"    # another
            steps = 1_000
            rate = 1e-3
            half = -0.5
            "quoted key" = 'C:\path'
            on = true
            text = "tab\t\"x\" \u00e9"
            betas = [
              0.9,  # first
              0.999,
            ]
            inline = { a = 1, b = { c = [] } }
            [dp]
            target_epsilon = 8
            [a.b]
            c = "d"
            """
        );
        var expected = JsonNode.Parse(
            """
            {"model":"org/name","steps":1000,"rate":0.001,"half":-0.5,"quoted key":"C:\\path","on":true,"text":"tab\t\"x\" é",
             "betas":[0.9,0.999],"inline":{"a":1,"b":{"c":[]}},"dp":{"target_epsilon":8},"a":{"b":{"c":"d"}}}
            """
        );
        Assert.True(JsonNode.DeepEquals(expected, read), read.ToJsonString());
    }

    [Theory]
    [InlineData("", "{}")]
    [InlineData("# only this", "{}")]
    [InlineData("a = []\r\nb = {}\r\n", """{"a":[],"b":{}}""")]
    public void Reads_little_files(string text, string expected) =>
        Assert.Equal(expected, Toml.Parse(text).ToJsonString());

    [Theory]
    [InlineData("a = 1\nb = word", "line 2: 'word' is no value")]
    [InlineData("a = 1\na = 2", "line 2: a is given twice")]
    [InlineData("a = 1 2", "line 1: '2' was not expected")]
    [InlineData("a\n", "line 1: '=' was expected")]
    [InlineData("= 1", "line 1: a key was expected")]
    [InlineData("a = ", "line 1: a value was expected")]
    [InlineData("a = \"x", "line 1: a text ends on the line")]
    [InlineData("a = \"x\ny\"", "line 1: a text ends on the line")]
    [InlineData("a = \"\\q\"", "line 1: \\q is no escape")]
    [InlineData("a = \"\\ud800\"", "line 1: this is no character's code")]
    [InlineData("[a]\nx = 1\n[a]\ny = 2", "line 3: this table is there twice")]
    [InlineData("a = 1\n[a.b]", "line 2: a is no table")]
    [InlineData("[[a]]", "line 1: a key was expected")]
    [InlineData("a = [1, 2", "line 1: ']' was expected")]
    [InlineData("a = {b = 1", "line 1: '}' was expected")]
    [InlineData("a.b = 1", "line 1: '=' was expected")]
    [InlineData("a = 2026-11-29", "line 1: '2026-11-29' is no value")]
    [InlineData("a = 1e999", "line 1: '1e999' is no value")]
    [InlineData("a = nan", "line 1: 'nan' is no value")]
    public void Refuses_the_rest_with_its_line(string text, string cause) =>
        Assert.StartsWith(
            cause,
            Assert.Throws<FormatException>(() => Toml.Parse(text)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void No_prefix_or_changed_character_of_a_file_does_anything_else_than_read_or_be_refused()
    {
        const string Text = "m = \"o\\n\" # c\ns = [1.5, {a = true}]\n[d]\nt = 'x'\n";
        for (var position = 0; position < Text.Length; position++)
        {
            Try(Text[..position]);
            foreach (var character in "\"\\'[]{}=,.#\n\0 x9")
            {
                Try(Text[..position] + character + Text[(position + 1)..]);
            }
        }

        static void Try(string text)
        {
            try
            {
                Toml.Parse(text);
            }
            catch (FormatException refused)
            {
                Assert.StartsWith("line ", refused.Message, StringComparison.Ordinal);
            }
        }
    }
}
