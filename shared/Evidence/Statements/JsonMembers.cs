using System.Text.Json;

namespace Lace.Evidence.Statements;

/// <summary>Members of a stranger's JSON: null where there is none of that kind.</summary>
internal static class JsonMembers
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>The JSON value of the bytes; null where they are not one, or an object has a member twice.</summary>
    public static JsonElement? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return document.RootElement.Clone();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // The latter where a name holds half of a surrogate pair.
            return null;
        }
    }

    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : null;

    public static string? MemberText(this JsonElement element, string name) => element.Member(name)?.AsText();

    /// <summary>The elements of an array member; none where there is none.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static string? AsText(this JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Not UTF-8, or half of a surrogate pair: no text.
            return null;
        }
    }
}
