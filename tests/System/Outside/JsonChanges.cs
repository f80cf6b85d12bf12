using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.SystemTests.Outside;

/// <summary>Copies of a JSON document, in each of which one value is another of the same kind.</summary>
internal static class JsonChanges
{
    public static IEnumerable<(string Path, JsonNode Document)> Of(JsonNode document)
    {
        foreach (var path in Leaves(document).Select(leaf => leaf.GetPath()).ToList())
        {
            var copy = document.DeepClone();
            var leaf = Leaves(copy).Single(candidate => candidate.GetPath() == path);
            leaf.ReplaceWith(Another(leaf));
            yield return (path["$.".Length..], copy);
        }
    }

    private static IEnumerable<JsonValue> Leaves(JsonNode? node) =>
        node switch
        {
            JsonValue value => [value],
            JsonObject members => members.SelectMany(member => Leaves(member.Value)),
            JsonArray elements => elements.SelectMany(Leaves),
            _ => [],
        };

    private static JsonValue Another(JsonValue value) =>
        value.GetValueKind() switch
        {
            JsonValueKind.String => JsonValue.Create(Another(value.GetValue<string>())),
            JsonValueKind.Number => JsonValue.Create(value.GetValue<long>() + 1),
            _ => JsonValue.Create(!value.GetValue<bool>()),
        };

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
