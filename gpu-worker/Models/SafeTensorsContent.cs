using System.Runtime.InteropServices;
using Lace.Torch;

namespace Lace.Worker.Models;

/// <summary>One tensor to be written. Its elements are taken from where they lie when its turn comes.</summary>
public sealed class SafeTensorsContent
{
    private const int Chunk = 1 << 20;
    private readonly Action<Stream> write;

    private SafeTensorsContent(string name, ElementKind kind, long[] shape, Action<Stream> write)
    {
        (Name, Kind, Shape) = (name, kind, shape);
        this.write = write;
    }

    public string Name { get; }

    public ElementKind Kind { get; }

    public long[] Shape { get; }

    public long Bytes => Shape.Aggregate((long)Kind.Bytes(), (bytes, size) => bytes * size);

    /// <param name="transposed">Write the transpose of this matrix.</param>
    public static SafeTensorsContent Of(string name, Tensor tensor, bool transposed = false)
    {
        var shape = tensor.shape;
        if (transposed)
        {
            Array.Reverse(shape);
        }

        return new(name, ElementKinds.Of(tensor.dtype), shape, stream => Write(stream, tensor, transposed));
    }

    /// <summary>Bytes that are no numbers, as the state of a generator.</summary>
    public static SafeTensorsContent Of(string name, ReadOnlyMemory<byte> bytes) =>
        new(name, ElementKind.U8, [bytes.Length], stream => stream.Write(bytes.Span));

    internal void WriteTo(Stream stream) => write(stream);

    private static void Write(Stream stream, Tensor tensor, bool transposed)
    {
        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        var there = transposed ? tensor.t() : tensor;
        var flat = there.to(torch.CPU).contiguous().view(-1);
        for (var start = 0L; start < flat.numel; start += Chunk)
        {
            using var part = flat.narrow(0, start, Math.Min(Chunk, flat.numel - start));
            stream.Write(
                tensor.dtype switch
                {
                    ScalarType.Float32 => MemoryMarshal.AsBytes(part.data<float>()),
                    ScalarType.BFloat16 => MemoryMarshal.AsBytes(part.data<ushort>()),
                    ScalarType.Int64 => MemoryMarshal.AsBytes(part.data<long>()),
                    _ => MemoryMarshal.AsBytes(part.data<bool>()),
                }
            );
        }
    }
}
