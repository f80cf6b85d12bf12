using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary>
/// Takes the weights out of an artifact, without the optimizer, into a safetensors file that other programs load: PEFT an adapter,
/// transformers a whole model.
/// </summary>
/// <remarks>safetensors: eight bytes with the header's length, a JSON header (name to dtype, shape, place), then the tensors.</remarks>
internal static class WeightsFile
{
    private const string Prefix = "model.";
    private const int MaxHeader = 100 << 20;
    private const int Alignment = 8;

    /// <exception cref="InvalidDataException">The artifact is no safetensors file, or has no weights.</exception>
    public static void Extract(string artifact, string path)
    {
        using var input = File.OpenRead(artifact);
        var (header, start) = ReadHeader(input);
        var chosen = header
            .Where(tensor => tensor.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(tensor =>
                (Name: tensor.Key[Prefix.Length..], Place: Place.Of(tensor.Value, input.Length - start), tensor.Value)
            )
            .OrderBy(tensor => tensor.Place.Begin)
            .ToList();
        if (chosen.Count == 0)
        {
            throw new InvalidDataException("it has no weights");
        }

        var next = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        long end = 0;
        foreach (var (name, place, node) in chosen)
        {
            next[name] = new JsonObject
            {
                ["dtype"] = node!["dtype"]!.DeepClone(),
                ["shape"] = node["shape"]!.DeepClone(),
                ["data_offsets"] = new JsonArray(end, end + place.Length),
            };
            end += place.Length;
        }

        using var output = PrivateFiles.Open(path, FileMode.Create, FileShare.None);
        WriteHeader(output, next);
        foreach (var (_, place, _) in chosen)
        {
            input.Position = start + place.Begin;
            Copy(input, output, place.Length);
        }
    }

    private static (JsonObject Header, long Start) ReadHeader(FileStream input)
    {
        var length = new byte[sizeof(ulong)];
        input.ReadExactly(length);
        var size = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (size > MaxHeader || (long)size > input.Length - length.Length)
        {
            throw new InvalidDataException("its header is too long");
        }

        var text = new byte[size];
        input.ReadExactly(text);
        try
        {
            return (
                JsonNode.Parse(text, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject
                    ?? throw new InvalidDataException("its header is no JSON object"),
                length.Length + (long)size
            );
        }
        catch (JsonException cause)
        {
            throw new InvalidDataException("its header is no JSON", cause);
        }
    }

    private static void WriteHeader(FileStream output, JsonObject header)
    {
        var text = header.ToJsonString();
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        var padded = (bytes.Length + Alignment - 1) / Alignment * Alignment;
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)padded);
        output.Write(length);
        output.Write(bytes);
        output.Write([.. Enumerable.Repeat((byte)' ', padded - bytes.Length)]);
    }

    private static void Copy(FileStream input, FileStream output, long length)
    {
        var buffer = new byte[1 << 20];
        while (length > 0)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length));
            input.ReadExactly(part);
            output.Write(part);
            length -= part.Length;
        }
    }

    private sealed record Place(long Begin, long Length)
    {
        public static Place Of(JsonNode? tensor, long size)
        {
            var (begin, end) =
                tensor is JsonObject
                && tensor["data_offsets"] is JsonArray { Count: 2 } offsets
                && offsets[0] is JsonValue one
                && offsets[1] is JsonValue other
                && one.TryGetValue<long>(out var first)
                && other.TryGetValue<long>(out var last)
                    ? (first, last)
                    : (-1, -1);
            return
                begin >= 0 && end >= begin && end <= size && tensor!["dtype"] is not null && tensor["shape"] is not null
                ? new(begin, end - begin)
                : throw new InvalidDataException("a tensor has no place in it");
        }
    }
}
