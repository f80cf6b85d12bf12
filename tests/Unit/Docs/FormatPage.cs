using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lace.Tests.Docs;

/// <summary>A page of <c>docs/</c> and its examples: the fenced blocks that have a name after their language.</summary>
internal sealed partial class FormatPage
{
    private readonly Dictionary<string, string> examples;

    private FormatPage(string text) =>
        examples = Fence()
            .Matches(text)
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["body"].Value);

    public IEnumerable<string> Examples => examples.Keys;

    public static FormatPage Open(string name) => new(File.ReadAllText(PathOf(name)));

    public static string PathOf(string name) => Path.Combine(SharedFolder.RepositoryRoot, "docs", name);

    /// <summary>An example with its line ends, but for the last.</summary>
    public string Text(string example) => examples[example].TrimEnd('\n');

    public byte[] Bytes(string example) => Encoding.UTF8.GetBytes(Text(example));

    /// <summary>An example with the line end that closes it.</summary>
    public string Lines(string example) => Text(example) + "\n";

    public JsonElement Json(string example) => JsonSerializer.Deserialize<JsonElement>(Text(example));

    public byte[] Hex(string example) =>
        Convert.FromHexString(Text(example).Replace("\n", "", StringComparison.Ordinal));

    [GeneratedRegex(
        @"^```[a-z]+ (?<name>[a-z0-9-]+)\n(?<body>.*?)^```$",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex Fence();
}
