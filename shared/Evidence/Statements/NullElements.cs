using System.Text.Json;

namespace Lace.Evidence.Statements;

/// <summary>Finds null among the elements of an array: the one null that the serializer takes although the type forbids it.</summary>
internal static class NullElements
{
    private const int MaxDepth = 64;

    /// <summary>Whether an array anywhere in the text has one; text that is no JSON is for the parser to refuse.</summary>
    public static bool AreIn(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("null"u8) < 0)
        {
            return false; // nearly always, and much faster than reading it
        }

        Span<bool> isArray = stackalloc bool[MaxDepth + 2];
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                {
                    isArray[reader.CurrentDepth + 1] = reader.TokenType == JsonTokenType.StartArray;
                }
                else if (reader.TokenType == JsonTokenType.Null && isArray[reader.CurrentDepth])
                {
                    return true;
                }
            }
        }
        catch (JsonException)
        {
            // not for here to say
        }

        return false;
    }
}
