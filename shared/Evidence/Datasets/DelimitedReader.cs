using System.Buffers;
using System.Text;

namespace Lace.Evidence.Datasets;

/// <summary>One record a row of an RFC 4180 table, as a JSON object of its columns.</summary>
internal sealed class DelimitedReader(ByteWindow window, byte delimiter) : RecordReader(window)
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([
        .. Enumerable.Range(0, 32).Select(b => (byte)b),
        (byte)'"',
        (byte)'\\',
    ]);

    private static readonly byte[][] Escapes = [.. Enumerable.Range(0, 256).Select(b => Escape((byte)b))];

    // The fields of the row that was read last, one behind the other, and where each ends.
    private readonly ArrayBufferWriter<byte> fields = new();
    private readonly List<int> ends = [];

    // For each column what stands before its value: {"first":" and ","second":" .
    private byte[][]? prefixes;

    public override bool TryRead(RecordBatch batch)
    {
        if (prefixes is null)
        {
            if (!TryReadRow())
            {
                return false;
            }

            prefixes = ReadHeader();
        }

        if (!TryReadRow())
        {
            return false;
        }

        if (ends.Count != prefixes.Length)
        {
            throw Window.Error(
                Window.Line,
                $"the row has {ends.Count} columns, the header {prefixes.Length}. Repair the file, or name the right --format."
            );
        }

        for (var column = 0; column < prefixes.Length; column++)
        {
            Write(batch, prefixes[column], Window.Line);
            WriteEscaped(batch, Field(column));
        }

        Write(batch, "\"}"u8, Window.Line);
        batch.EndRecord(Window.Line);
        return true;
    }

    private byte[][] ReadHeader()
    {
        var names = Enumerable.Range(0, ends.Count).Select(column => Field(column).ToArray()).ToArray();
        if (names.DistinctBy(Convert.ToHexString, StringComparer.Ordinal).Count() < names.Length)
        {
            throw Window.Error(Window.Line, "two columns of the header have the same name. Rename one.");
        }

        return
        [
            .. names.Select(
                (name, i) =>
                    (byte[])
                        [
                            .. i == 0 ? "{\""u8 : "\",\""u8,
                            .. name.SelectMany(b => Escaped.Contains(b) ? Escapes[b] : [b]),
                            .. "\":\""u8,
                        ]
            ),
        ];
    }

    private static bool IsRowEnd(ReadOnlySpan<byte> rest) => rest is [] or [(byte)'\r'];

    private ReadOnlySpan<byte> Field(int column) =>
        fields.WrittenSpan[(column == 0 ? 0 : ends[column - 1])..ends[column]];

    // A quoted field may go on over further lines; messages name the last one.
    private bool TryReadRow()
    {
        fields.ResetWrittenCount();
        ends.Clear();
        ReadOnlySpan<byte> line;
        do
        {
            if (!Window.TryReadLine(out line))
            {
                return false;
            }

            EmptyLines += IsRowEnd(line) ? 1 : 0;
        } while (IsRowEnd(line));

        while (true)
        {
            if (line is [(byte)'"', ..])
            {
                line = ReadQuoted(line[1..]);
            }
            else
            {
                var end = line.IndexOf(delimiter);
                Append(end < 0 ? WithoutCarriageReturn(line) : line[..end]);
                line = end < 0 ? [] : line[end..];
            }

            ends.Add(fields.WrittenCount);
            if (IsRowEnd(line))
            {
                return true;
            }

            if (line[0] != delimiter)
            {
                throw Window.Error(
                    Window.Line,
                    "a quoted field is followed by something else than the next column. Double the quotes inside it."
                );
            }

            line = line[1..];
        }
    }

    private ReadOnlySpan<byte> ReadQuoted(ReadOnlySpan<byte> line)
    {
        var first = Window.Line;
        while (true)
        {
            var quote = line.IndexOf((byte)'"');
            if (quote < 0)
            {
                Append(line);
                Append("\n"u8);
                if (!Window.TryReadLine(out line))
                {
                    throw Window.Error(
                        first,
                        "a quoted field is never closed. Repair the file, or name the right --format."
                    );
                }

                continue;
            }

            Append(line[..quote]);
            line = line[(quote + 1)..];
            if (line is not [(byte)'"', ..])
            {
                return line;
            }

            Append("\""u8);
            line = line[1..];
        }
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        if (text.Length > ByteWindow.RecordLimit - fields.WrittenCount)
        {
            throw Window.Error(Window.Line, ByteWindow.TooLong);
        }

        fields.Write(text);
    }

    private void WriteEscaped(RecordBatch batch, ReadOnlySpan<byte> text)
    {
        for (var plain = text.IndexOfAny(Escaped); plain >= 0; plain = text.IndexOfAny(Escaped))
        {
            Write(batch, text[..plain], Window.Line);
            Write(batch, Escapes[text[plain]], Window.Line);
            text = text[(plain + 1)..];
        }

        Write(batch, text, Window.Line);
    }

    private static byte[] Escape(byte b) =>
        (char)b switch
        {
            '"' => [.. "\\\""u8],
            '\\' => [.. "\\\\"u8],
            '\b' => [.. "\\b"u8],
            '\f' => [.. "\\f"u8],
            '\n' => [.. "\\n"u8],
            '\r' => [.. "\\r"u8],
            '\t' => [.. "\\t"u8],
            _ => Encoding.ASCII.GetBytes($"\\u{(int)b:x4}"),
        };
}
