using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Lace.Evidence.Datasets;

/// <summary>Finds the bytes of a record that are trained on (protocol §1). Belongs to one thread.</summary>
internal sealed class TrainedPart(DatasetPart part)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1000 };

    private readonly byte[][] path = [.. part.Field?.Split('.').Select(Encoding.UTF8.GetBytes) ?? []];
    private readonly int limit = (int)Math.Min(part.MaxBytes ?? int.MaxValue, int.MaxValue);
    private byte[] unescaped = [];

    /// <summary>Whether what <see cref="TryFind"/> found last is a string member, and so plain text.</summary>
    public bool FoundString { get; private set; }

    /// <summary>The trained part, valid until the next call; false where the record has no such member.</summary>
    public bool TryFind(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> found)
    {
        found = record;
        if (path.Length > 0 && !TryFindMember(record, out found))
        {
            return false;
        }

        found = found[..Math.Min(found.Length, limit)];
        return true;
    }

    /// <summary>What to tell of a record where <see cref="TryFind"/> found nothing.</summary>
    public string Missing =>
        $"the record is no JSON object with a value in '{part.Field}'. Name another field, or leave out such records.";

    private bool TryFindMember(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> member)
    {
        try
        {
            var reader = new Utf8JsonReader(record, Options);
            return TryFindMember(ref reader, record, 0, out member) && !reader.Read();
        }
        // The reader throws the second one for a name with an escaped lone surrogate.
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            member = default;
            return false;
        }
    }

    // Reads one object to its end. Of several members of one name the last one counts, as JSON parsers in use have it.
    private bool TryFindMember(
        scoped ref Utf8JsonReader reader,
        ReadOnlySpan<byte> record,
        int depth,
        out ReadOnlySpan<byte> member
    )
    {
        member = default;
        var found = false;
        if (depth == 0)
        {
            reader.Read();
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isNext = reader.ValueTextEquals(path[depth]);
            reader.Read();
            if (!isNext)
            {
                reader.Skip();
            }
            else if (depth < path.Length - 1)
            {
                found = TryFindMember(ref reader, record, depth + 1, out member);
            }
            else
            {
                found = reader.TokenType != JsonTokenType.Null;
                member = Value(ref reader, record);
            }
        }

        return found;
    }

    private ReadOnlySpan<byte> Value(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> record)
    {
        FoundString = reader.TokenType == JsonTokenType.String;
        if (FoundString)
        {
            // The reader's own span of the value may not outlive it; the record's may.
            var text = record.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            return reader.ValueIsEscaped ? Unescape(text) : text;
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return record[start..(int)reader.BytesConsumed];
    }

    // The reader's own unescaping refuses invalid UTF-8 and lone surrogates, which are committed as they are and as U+FFFD.
    private Span<byte> Unescape(ReadOnlySpan<byte> text)
    {
        if (unescaped.Length < text.Length)
        {
            unescaped = new byte[Math.Max(text.Length, 4096)];
        }

        var length = 0;
        for (var at = text.IndexOf((byte)'\\'); at >= 0; at = text.IndexOf((byte)'\\'))
        {
            text[..at].CopyTo(unescaped.AsSpan(length));
            length += at;
            text = text[(at + 1)..];
            if (text[0] == 'u')
            {
                length += ReadRune(ref text).EncodeToUtf8(unescaped.AsSpan(length));
                continue;
            }

            unescaped[length++] = (char)text[0] switch
            {
                'b' => (byte)'\b',
                'f' => (byte)'\f',
                'n' => (byte)'\n',
                'r' => (byte)'\r',
                't' => (byte)'\t',
                _ => text[0],
            };
            text = text[1..];
        }

        text.CopyTo(unescaped.AsSpan(length));
        return unescaped.AsSpan(0, length + text.Length);
    }

    // The parser has seen that four hexadecimal digits follow each u.
    private static Rune ReadRune(ref ReadOnlySpan<byte> text)
    {
        var first = Unit(text[1..5]);
        text = text[5..];
        if (Rune.TryCreate(first, out var rune))
        {
            return rune;
        }

        if (text is [(byte)'\\', (byte)'u', ..] && Rune.TryCreate(first, Unit(text[2..6]), out var pair))
        {
            text = text[6..];
            return pair;
        }

        return Rune.ReplacementChar;
    }

    private static char Unit(ReadOnlySpan<byte> digits)
    {
        Span<byte> bytes = stackalloc byte[2];
        _ = Convert.FromHexString(digits, bytes, out _, out _) == OperationStatus.Done;
        return (char)(bytes[0] << 8 | bytes[1]);
    }
}
