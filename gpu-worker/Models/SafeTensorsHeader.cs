using System.Buffers.Binary;
using System.Text.Json;

namespace Lace.Worker.Models;

/// <summary>
/// The header of a safetensors file: eight bytes of length, then JSON. Taken apart as strictly as the format's own library does:
/// tensors follow each other without gap or overlap, and each is as long as its shape and type say.
/// </summary>
public sealed class SafeTensorsHeader
{
    /// <summary>The format's own limit.</summary>
    public const int MaxBytes = 100_000_000;

    private const int MaxDimensions = 16;

    private SafeTensorsHeader(IReadOnlyList<SafeTensorEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        Entries = entries;
        Metadata = metadata;
    }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<SafeTensorEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Bytes of all tensors together.</summary>
    public long DataBytes => Entries.Count == 0 ? 0 : Entries[^1].End;

    /// <summary>Reads it off the front of a stream.</summary>
    /// <exception cref="ModelException">It is none; the message says why.</exception>
    public static SafeTensorsHeader Read(Stream stream)
    {
        Span<byte> prefix = stackalloc byte[8];
        Fill(stream, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length is < 2 or > MaxBytes)
        {
            throw Wrong($"the header is said to be {length} bytes long (2 to {MaxBytes} are allowed)");
        }

        return Parse(ReadBytes(stream, (int)length));
    }

    internal static SafeTensorsHeader Parse(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false, MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object || json[0] != '{')
            {
                throw Wrong("the header is no JSON object");
            }

            return Parse(document.RootElement);
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new ModelException($"safetensors: the header is not as the format says: {e.Message}", e);
        }
    }

    internal static void Fill(Stream stream, Span<byte> buffer)
    {
        try
        {
            stream.ReadExactly(buffer);
        }
        catch (EndOfStreamException e)
        {
            throw new ModelException("safetensors: the file ends too early.", e);
        }
    }

    internal static ModelException Wrong(string message) => new($"safetensors: {message}.");

    private static SafeTensorsHeader Parse(JsonElement root)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new List<SafeTensorEntry>();
        foreach (var member in root.EnumerateObject())
        {
            if (member.NameEquals("__metadata__"))
            {
                foreach (var pair in member.Value.EnumerateObject())
                {
                    metadata.Add(
                        pair.Name,
                        pair.Value.GetString() ?? throw Wrong($"{pair.Name} of the metadata is no text")
                    );
                }
            }
            else
            {
                entries.Add(Entry(member.Name, member.Value));
            }
        }

        entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        CheckLayout(entries);
        return new SafeTensorsHeader(entries, metadata);
    }

    private static SafeTensorEntry Entry(string name, JsonElement value)
    {
        if (value.EnumerateObject().Count() != 3)
        {
            throw Wrong($"{name} has other members than dtype, shape and data_offsets");
        }

        var type = value.GetProperty("dtype").GetString();
        if (!Enum.TryParse<ElementKind>(type, out var kind) || kind.ToString() != type)
        {
            throw Wrong($"{name} has the unknown dtype {type}");
        }

        var shape = Numbers(name, value.GetProperty("shape"));
        var offsets = Numbers(name, value.GetProperty("data_offsets"));
        if (shape.Length > MaxDimensions || offsets.Length != 2 || offsets[1] < offsets[0])
        {
            throw Wrong($"{name} has a shape or offsets that cannot be");
        }

        var bytes = (Int128)kind.Bytes();
        foreach (var size in shape)
        {
            bytes *= size;
            if (bytes > long.MaxValue)
            {
                throw Wrong($"the shape of {name} is too large");
            }
        }

        return bytes == offsets[1] - offsets[0]
            ? new SafeTensorEntry(name, kind, shape, offsets[0], offsets[1])
            : throw Wrong($"{name} has {offsets[1] - offsets[0]} bytes; its shape and dtype make {bytes}");
    }

    private static long[] Numbers(string name, JsonElement list)
    {
        long[] numbers = [.. list.EnumerateArray().Select(number => number.GetInt64())];
        return Array.TrueForAll(numbers, number => number >= 0)
            ? numbers
            : throw Wrong($"{name} has a negative size or offset");
    }

    /// <summary>No byte belongs to two tensors or to none, so nothing is hidden and nothing is read twice.</summary>
    private static void CheckLayout(List<SafeTensorEntry> entries)
    {
        var end = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != end)
            {
                throw Wrong(
                    $"{entry.Name} begins at {entry.Begin}, where {end} is due: tensors overlap or leave a gap"
                );
            }

            end = entry.End;
        }
    }

    /// <summary>Grows with what arrives: a length that lies costs no memory.</summary>
    private static byte[] ReadBytes(Stream stream, int length)
    {
        var bytes = new byte[Math.Min(length, 1 << 16)];
        var filled = 0;
        while (true)
        {
            Fill(stream, bytes.AsSpan(filled));
            filled = bytes.Length;
            if (filled == length)
            {
                return bytes;
            }

            Array.Resize(ref bytes, (int)Math.Min(length, 2L * filled));
        }
    }
}
