using System.Text.Json;

namespace Lace.Evidence.Datasets;

/// <summary>
/// The text of a record that people could read elsewhere: of a part that is JSON its strings and numbers in order, unescaped, one a line, without the
/// names of members; of any other part its bytes. Belongs to one thread.
/// </summary>
internal sealed class RecordText
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1000 };

    private byte[] text = [];

    /// <summary>Valid until the next call.</summary>
    /// <param name="isText">Whether the part is known to be plain text: a string member, or of a format that is no JSON.</param>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> part, bool isText)
    {
        if (isText || part is not [(byte)'{' or (byte)'[' or (byte)'"', ..])
        {
            return part;
        }

        // Unescaping makes no string longer, and each value has at least a character beside it.
        if (text.Length < part.Length + 1)
        {
            text = new byte[Math.Max(part.Length + 1, 4096)];
        }

        try
        {
            return text.AsSpan(0, Read(part));
        }
        // The second one for an escaped lone surrogate, or bytes that are no UTF-8: then the bytes as they stand.
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return part;
        }
    }

    private int Read(ReadOnlySpan<byte> json)
    {
        var length = 0;
        var reader = new Utf8JsonReader(json, Options);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String)
            {
                length += reader.CopyString(text.AsSpan(length));
            }
            else if (reader.TokenType is JsonTokenType.Number)
            {
                reader.ValueSpan.CopyTo(text.AsSpan(length));
                length += reader.ValueSpan.Length;
            }
            else
            {
                continue;
            }

            text[length++] = (byte)'\n';
        }

        return length;
    }
}
