using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Lace.Cryptography.Json;

/// <summary>Why bytes have no canonical form.</summary>
public enum CanonicalJsonError
{
    /// <summary>They have one.</summary>
    None,

    /// <summary>Not one JSON value in UTF-8 and nothing else (RFC 8259), or nested deeper than 64.</summary>
    NotJson,

    /// <summary>An object names a member twice.</summary>
    DuplicateName,

    /// <summary>A string holds half of a surrogate pair.</summary>
    LoneSurrogate,

    /// <summary>A number is beyond a double, or an integer that a double cannot hold exactly.</summary>
    NumberNotRepresentable,
}

/// <summary>The JSON Canonicalization Scheme, RFC 8785: one byte string for each I-JSON value, fit to be hashed and signed.</summary>
/// <remarks>
/// Stricter than the RFC in one point: an integer literal that would be rounded (9007199254740993) is refused, for a
/// signature over another number than the one written helps nobody. Output is always accepted as input and does not change.
/// </remarks>
public static class CanonicalJson
{
    private const int MaxDepth = 64;

    /// <summary>The canonical form of JSON that we made ourselves; malformed input is a programmer error.</summary>
    public static byte[] Canonicalize(ReadOnlySpan<byte> json)
    {
        var error = TryCanonicalize(json, out var canonical);
        return error == CanonicalJsonError.None
            ? canonical
            : throw new ArgumentException($"The JSON has no canonical form: {error}.", nameof(json));
    }

    /// <summary>The canonical form, or an empty array and the reason why there is none.</summary>
    public static CanonicalJsonError TryCanonicalize(ReadOnlySpan<byte> json, out byte[] canonical)
    {
        canonical = [];
        if (!Utf8.IsValid(json))
        {
            return CanonicalJsonError.NotJson;
        }

        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            var output = new ArrayBufferWriter<byte>(json.Length + 16);
            reader.Read();
            var error = WriteValue(ref reader, output);
            if (error == CanonicalJsonError.None && reader.Read())
            {
                error = CanonicalJsonError.NotJson;
            }

            canonical = error == CanonicalJsonError.None ? output.WrittenSpan.ToArray() : [];
            return error;
        }
        catch (JsonException)
        {
            return CanonicalJsonError.NotJson;
        }
        catch (InvalidOperationException)
        {
            // The bytes are UTF-8, so only an escaped half of a pair cannot be made a string.
            return CanonicalJsonError.LoneSurrogate;
        }
    }

    /// <summary>Whether the bytes are a canonical form, and so the only spelling of their value.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> json) =>
        TryCanonicalize(json, out var canonical) == CanonicalJsonError.None && json.SequenceEqual(canonical);

    private static CanonicalJsonError WriteValue(ref Utf8JsonReader reader, ArrayBufferWriter<byte> output)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return WriteObject(ref reader, output);
            case JsonTokenType.StartArray:
                return WriteArray(ref reader, output);
            case JsonTokenType.String:
                WriteString(reader.GetString()!, output);
                return CanonicalJsonError.None;
            case JsonTokenType.Number:
                return WriteNumber(ref reader, output);
            default:
                output.Write(reader.ValueSpan);
                return CanonicalJsonError.None;
        }
    }

    // Members are written as they come, then put in order: names by UTF-16 code units, which is what CompareOrdinal does.
    private static CanonicalJsonError WriteObject(ref Utf8JsonReader reader, ArrayBufferWriter<byte> output)
    {
        var members = new List<(string Name, byte[] Json)>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            var member = new ArrayBufferWriter<byte>();
            WriteString(name, member);
            member.Write(":"u8);
            reader.Read();
            if (WriteValue(ref reader, member) is not CanonicalJsonError.None and var error)
            {
                return error;
            }

            members.Add((name, member.WrittenSpan.ToArray()));
        }

        members.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        output.Write("{"u8);
        for (var i = 0; i < members.Count; i++)
        {
            if (i > 0)
            {
                if (members[i].Name == members[i - 1].Name)
                {
                    return CanonicalJsonError.DuplicateName;
                }

                output.Write(","u8);
            }

            output.Write(members[i].Json);
        }

        output.Write("}"u8);
        return CanonicalJsonError.None;
    }

    private static CanonicalJsonError WriteArray(ref Utf8JsonReader reader, ArrayBufferWriter<byte> output)
    {
        output.Write("["u8);
        for (var first = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; first = false)
        {
            if (!first)
            {
                output.Write(","u8);
            }

            if (WriteValue(ref reader, output) is not CanonicalJsonError.None and var error)
            {
                return error;
            }
        }

        output.Write("]"u8);
        return CanonicalJsonError.None;
    }

    private static CanonicalJsonError WriteNumber(ref Utf8JsonReader reader, ArrayBufferWriter<byte> output)
    {
        var literal = reader.ValueSpan;
        if (!reader.TryGetDouble(out var value) || !double.IsFinite(value))
        {
            return CanonicalJsonError.NumberNotRepresentable;
        }

        var text = EcmaScriptNumber.Format(value);

        // An integer of 15 digits is exact; a longer one must be spelled as the double that stands for it.
        var isInteger = literal.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0;
        if (isInteger && literal.Length > 15 && !Ascii.Equals(literal, text))
        {
            return CanonicalJsonError.NumberNotRepresentable;
        }

        output.Write(Encoding.ASCII.GetBytes(text));
        return CanonicalJsonError.None;
    }

    private static void WriteString(string value, ArrayBufferWriter<byte> output)
    {
        output.Write("\""u8);
        var rest = value.AsSpan();
        while (rest.IndexOfAny(MustEscape) is >= 0 and var place)
        {
            Encoding.UTF8.GetBytes(rest[..place], output);
            output.Write(Escape(rest[place]));
            rest = rest[(place + 1)..];
        }

        Encoding.UTF8.GetBytes(rest, output);
        output.Write("\""u8);
    }

    private static readonly SearchValues<char> MustEscape = SearchValues.Create([
        .. Enumerable.Range(0, 32).Select(i => (char)i),
        '"',
        '\\',
    ]);

    private static ReadOnlySpan<byte> Escape(char character) =>
        character switch
        {
            '\b' => "\\b"u8,
            '\t' => "\\t"u8,
            '\n' => "\\n"u8,
            '\f' => "\\f"u8,
            '\r' => "\\r"u8,
            '"' => "\\\""u8,
            '\\' => "\\\\"u8,
            _ => Encoding.ASCII.GetBytes($"\\u{(int)character:x4}"),
        };
}
