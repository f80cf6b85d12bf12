using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.SystemTests.Outside;

/// <summary>Copies of a JSON document, in each of which one value is another of the same kind; of a text of several lines, each line (<c>#0</c>, …).</summary>
internal static class JsonChanges
{
    public static IEnumerable<(string Path, JsonNode Document)> Of(JsonNode document)
    {
        foreach (var path in Leaves(document).Select(leaf => leaf.GetPath()).ToList())
        {
            var value = At(document, path);
            foreach (var (suffix, other) in Others(value))
            {
                var copy = document.DeepClone();
                At(copy, path).ReplaceWith(other);
                yield return (path["$.".Length..] + suffix, copy);
            }
        }
    }

    private static JsonValue At(JsonNode document, string path) =>
        Leaves(document).Single(leaf => leaf.GetPath() == path);

    private static IEnumerable<JsonValue> Leaves(JsonNode? node) =>
        node switch
        {
            JsonValue value => [value],
            JsonObject members => members.SelectMany(member => Leaves(member.Value)),
            JsonArray elements => elements.SelectMany(Leaves),
            _ => [],
        };

    private static IEnumerable<(string Suffix, JsonNode Value)> Others(JsonValue value) =>
        value.GetValueKind() switch
        {
            JsonValueKind.String => Others(value.GetValue<string>().Split('\n')),
            JsonValueKind.Number => [("", value.GetValue<long>() + 1)],
            _ => [("", !value.GetValue<bool>())],
        };

    private static IEnumerable<(string Suffix, JsonNode Value)> Others(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > 0)
            {
                var changed = string.Join('\n', [.. lines[..i], Another(lines[i]), .. lines[(i + 1)..]]);
                yield return (lines.Length == 1 ? "" : $"#{i}", changed);
            }
        }
    }

    private static string Another(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return (number + 1).ToString(CultureInfo.InvariantCulture);
        }

        var bytes = new byte[text.Length];
        if (text.Length % 4 == 0 && Convert.TryFromBase64String(text, bytes, out var count))
        {
            bytes[count / 2] ^= 1;
            return Convert.ToBase64String(bytes, 0, count);
        }

        var middle = text.Length / 2;
        return text[..middle] + (text[middle] == 'x' ? 'y' : 'x') + text[(middle + 1)..];
    }
}
