using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lace.Torch;

namespace Lace.Worker.Models;

/// <summary>
/// The safetensors format. What is written is canonical: the same tensors and metadata make the same bytes, those that the format's
/// own library writes (wider elements first, then by name; a header padded with spaces to eight bytes).
/// </summary>
public static class SafeTensors
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All tensors of a file, by name, in the innermost dispose scope.</summary>
    /// <exception cref="ModelException">The file is not as the format says.</exception>
    public static Dictionary<string, Tensor> Load(string path)
    {
        using var file = File.OpenRead(path);
        var reader = new SafeTensorsReader(file);
        var tensors = new Dictionary<string, Tensor>();
        while (reader.Next())
        {
            tensors.Add(reader.Current.Name, reader.Read());
        }

        return tensors;
    }

    public static void Write(
        string path,
        IEnumerable<SafeTensorsContent> contents,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        Write(file, contents, metadata);
    }

    /// <exception cref="ArgumentException">Two tensors of one name.</exception>
    public static void Write(
        Stream stream,
        IEnumerable<SafeTensorsContent> contents,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        SafeTensorsContent[] ordered =
        [
            .. contents
                .OrderByDescending(content => content.Kind)
                .ThenBy(content => content.Name, StringComparer.Ordinal),
        ];
        if (ordered.Select(content => content.Name).Append("__metadata__").Distinct().Count() != ordered.Length + 1)
        {
            throw new ArgumentException("Two tensors have one name.", nameof(contents));
        }

        var header = Header(ordered, metadata);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var content in ordered)
        {
            content.WriteTo(stream);
        }
    }

    private static ReadOnlySpan<byte> Header(
        SafeTensorsContent[] ordered,
        IReadOnlyDictionary<string, string>? metadata
    )
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (name, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
            }

            var begin = 0L;
            foreach (var content in ordered)
            {
                WriteEntry(json, content, begin);
                begin += content.Bytes;
            }

            json.WriteEndObject();
        }

        var padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenSpan;
    }

    private static void WriteEntry(Utf8JsonWriter json, SafeTensorsContent content, long begin)
    {
        json.WriteStartObject(content.Name);
        json.WriteString("dtype", content.Kind.ToString());
        json.WriteStartArray("shape");
        foreach (var size in content.Shape)
        {
            json.WriteNumberValue(size);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(begin + content.Bytes);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
