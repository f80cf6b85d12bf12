using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lace.Evidence.Statements;

namespace Lace.Evidence.Bundles;

/// <summary>How files of strangers are refused: with one reason in plain words that repeats nothing of the file.</summary>
internal static class StrictFile
{
    public static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        Require(!NullElements.AreIn(json), "null stands in a list");
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new FileFormatException("it is null");
        }
        catch (JsonException malformed)
        {
            throw new FileFormatException(
                $"not JSON of the specified form, at line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}",
                malformed
            );
        }
    }

    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new FileFormatException(otherwise);
        }
    }
}

/// <summary>Stays inside the readers, which turn it into an answer.</summary>
internal sealed class FileFormatException(string message, Exception? inner = null) : Exception(message, inner);
