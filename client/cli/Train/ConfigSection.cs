using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary>Reads the members of one section of a configuration and collects what is wrong, so that one run names it all.</summary>
/// <param name="name">Of the section with its dot, empty for the file itself.</param>
internal sealed class ConfigSection(JsonObject members, string name, List<string> problems)
{
    private readonly HashSet<string> asked = [];

    public bool Has(string member) => members[member] is not null;

    public string? Text(string member, bool isNeeded = false, params string[] choices)
    {
        var value = Read(member, isNeeded, node => node.GetValueKind() == JsonValueKind.String, "is a text in quotes");
        var text = value?.GetValue<string>();
        if (text is { Length: 0 } || (text is not null && choices.Length > 0 && !choices.Contains(text)))
        {
            Problem(member, choices.Length > 0 ? $"is one of {string.Join(", ", choices)}" : "is not empty");
        }

        return text;
    }

    /// <summary>A whole number.</summary>
    public long? Whole(string member, long least, long most, bool isNeeded = false)
    {
        var rule = $"is a whole number from {least} to {most}";
        return Read(member, isNeeded, IsWhole, rule) is { } node && long.Parse(node.ToJsonString()) is var number
            ? Within(member, number, number >= least && number <= most, rule)
            : null;
    }

    /// <param name="isOpen">Whether the least itself is not allowed.</param>
    public double? Number(string member, double least, double most, bool isOpen = false, bool isNeeded = false)
    {
        var rule = $"is a number {(isOpen ? "above" : "from")} {least} to {most}";
        return
            Read(member, isNeeded, node => node.GetValueKind() == JsonValueKind.Number, rule) is { } node
            && JsonSerializer.Deserialize(node, CliJson.Default.Double) is var number
            ? Within(member, number, number <= most && (isOpen ? number > least : number >= least), rule)
            : null;
    }

    public bool? Flag(string member) =>
        Read(
            member,
            false,
            node => node.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
            "is true or false"
        )
            ?.GetValue<bool>();

    /// <summary>A list of texts, or of numbers.</summary>
    public JsonArray? List(string member, JsonValueKind kind, int least, int most) =>
        (JsonArray?)Read(
            member,
            false,
            node =>
                node is JsonArray items
                && items.Count >= least
                && items.Count <= most
                && items.All(item => item?.GetValueKind() == kind),
            $"is a list of {(kind == JsonValueKind.String ? "texts" : "numbers")}"
        );

    public JsonObject? Object(string member) =>
        (JsonObject?)Read(member, false, node => node is JsonObject, "is a section");

    public ConfigSection? Section(string member) =>
        Object(member) is { } inner ? new(inner, $"{name}{member}.", problems) : null;

    public void Problem(string member, string rule) => problems.Add($"{name}{member} {rule}");

    /// <summary>What nobody asked for is a mistake, most often of spelling.</summary>
    public void End()
    {
        foreach (var (member, _) in members.Where(member => !asked.Contains(member.Key)))
        {
            problems.Add($"{name}{member} is not known; there is {string.Join(", ", asked.Order())}");
        }
    }

    private JsonNode? Read(string member, bool isNeeded, Func<JsonNode, bool> isRight, string rule)
    {
        asked.Add(member);
        var node = members[member];
        if (node is null ? isNeeded : !isRight(node))
        {
            Problem(member, node is null ? $"is missing: it {rule}" : $"{rule}, not {Shown(node)}");
            return null;
        }

        return node;
    }

    private T? Within<T>(string member, T number, bool isWithin, string rule)
        where T : struct
    {
        if (!isWithin)
        {
            Problem(member, $"{rule}, not {number}");
        }

        return isWithin ? number : null;
    }

    private static bool IsWhole(JsonNode node) =>
        node.GetValueKind() == JsonValueKind.Number && long.TryParse(node.ToJsonString(), out _);

    private static string Shown(JsonNode node) => node.ToJsonString() is { Length: <= 40 } text ? text : "what it has";
}
