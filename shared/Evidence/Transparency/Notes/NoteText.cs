using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>The lexical rules that notes, checkpoints, proofs and policies share. All are strict: one value, one spelling.</summary>
internal static class NoteText
{
    /// <summary>As text, if the bytes are UTF-8 of at most <paramref name="maxBytes"/>.</summary>
    public static string? Decode(ReadOnlySpan<byte> utf8, int maxBytes) =>
        utf8.Length <= maxBytes && Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : null;

    /// <summary>Whether the text can stand in a note: whole code points, and of the characters below U+0020 only the newline.</summary>
    public static bool IsPlain(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] < ' ' && text[i] != '\n')
            {
                return false;
            }

            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the text can name a key: one line without spaces (of any kind) and without a plus sign.</summary>
    public static bool IsKeyName(string name)
    {
        if (name.Length == 0 || !IsPlain(name))
        {
            return false;
        }

        foreach (var character in name)
        {
            if (char.IsWhiteSpace(character) || character == '+')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Bytes of padded standard base64 (RFC 4648 section 4), or null for any other spelling of them.</summary>
    public static byte[]? DecodeBase64(string text)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return
            Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text
            ? bytes[..length]
            : null;
    }

    /// <summary>A hash as base64 of exactly 32 bytes.</summary>
    public static MerkleHash? DecodeHash(string text) =>
        text.Length == 44 && DecodeBase64(text) is { Length: MerkleHash.Size } bytes ? new MerkleHash(bytes) : null;

    /// <summary>As base64.</summary>
    public static string Encode(in MerkleHash hash) => Convert.ToBase64String(hash.ToArray());

    /// <summary>A number from 0 to 2^63-1 in ASCII digits without a leading zero.</summary>
    public static long? DecodeDecimal(string text) =>
        text.Length is > 0 and <= 19
        && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0
        && (text[0] != '0' || text.Length == 1)
        && long.TryParse(text, out var number)
            ? number
            : null;
}
