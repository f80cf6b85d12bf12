using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Bundles;

/// <summary>How files of strangers are refused: with one reason in plain words that repeats nothing of the file.</summary>
internal static class StrictFile
{
    /// <summary>A file of one JSON document; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    /// <param name="read">What is made of the document; it throws <see cref="FileFormatException"/> where that cannot be.</param>
    public static TFile? Read<TDocument, TFile>(
        ReadOnlySpan<byte> json,
        int maxBytes,
        JsonTypeInfo<TDocument> type,
        Func<TDocument, TFile> read,
        out string? reason
    )
        where TDocument : class
        where TFile : class
    {
        reason = null;
        try
        {
            Require(json.Length <= maxBytes, $"it has more than {maxBytes} bytes");
            return read(Parse(json, type));
        }
        catch (FileFormatException malformed)
        {
            reason = malformed.Message;
            return null;
        }
    }

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

    public static MerkleHash Hash(string base64) =>
        NoteText.DecodeHash(base64) ?? throw new FileFormatException("a hash is not the base64 of 32 bytes");

    public static byte[] Bytes(string base64) =>
        NoteText.DecodeBase64(base64) ?? throw new FileFormatException("something is not canonical base64");

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
