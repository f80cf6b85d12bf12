using System.Runtime.InteropServices;
using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Worker.Models;

/// <summary>
/// Reads the tensors of a safetensors stream one after another, in the order of their bytes. Whoever reads takes each
/// <see cref="Current"/> once, or leaves it; the stream need not be able to seek, so it may be one that decrypts.
/// </summary>
public sealed class SafeTensorsReader
{
    private const int Chunk = 1 << 22;
    private readonly Stream stream;
    private int next;
    private long position;

    /// <exception cref="ModelException">The header is wrong, or a stream that can seek has another length than it says.</exception>
    public SafeTensorsReader(Stream stream)
    {
        this.stream = stream;
        Header = SafeTensorsHeader.Read(stream);
        if (stream.CanSeek && stream.Length - stream.Position != Header.DataBytes)
        {
            throw SafeTensorsHeader.Wrong(
                $"{stream.Length - stream.Position} bytes follow the header, which promises {Header.DataBytes}"
            );
        }
    }

    public SafeTensorsHeader Header { get; }

    public SafeTensorEntry Current => Header.Entries[next - 1];

    /// <summary>Goes on to the next tensor; at the end, makes sure that nothing follows.</summary>
    public bool Next()
    {
        if (next > 0)
        {
            Skip(Current.End - position);
        }

        if (next < Header.Entries.Count)
        {
            next++;
            return true;
        }

        return stream.ReadByte() < 0 ? false : throw SafeTensorsHeader.Wrong("bytes follow the last tensor");
    }

    /// <summary>The current tensor on the CPU, of the type it has in the file; float16 becomes float32.</summary>
    /// <exception cref="ModelException">Elements of another type than float32, bfloat16, float16, int64 or bool; the stream ends.</exception>
    public Tensor Read()
    {
        var entry = Begin();
        return entry.Kind switch
        {
            ElementKind.F32 => Read<float>(entry, ScalarType.Float32),
            ElementKind.BF16 => Read<ushort>(entry, ScalarType.BFloat16),
            ElementKind.I64 => Read<long>(entry, ScalarType.Int64),
            ElementKind.BOOL => ReadBooleans(entry),
            ElementKind.F16 => ReadHalves(entry),
            _ => throw SafeTensorsHeader.Wrong(
                $"{entry.Name} is of the type {entry.Kind}, which is not supported here"
            ),
        };
    }

    /// <summary>The bytes of the current tensor.</summary>
    public byte[] ReadBytes()
    {
        var entry = Begin();
        if (entry.Bytes > Array.MaxLength)
        {
            throw SafeTensorsHeader.Wrong($"{entry.Name} is too large for its bytes");
        }

        var bytes = new byte[entry.Bytes];
        Fill(bytes);
        return bytes;
    }

    private SafeTensorEntry Begin() =>
        position == Current.Begin ? Current : throw new InvalidOperationException("This tensor was read already.");

    private Tensor Read<T>(SafeTensorEntry entry, ScalarType type)
        where T : unmanaged
    {
        var made = empty(entry.Shape, type);
        using var flat = made.view(-1);
        for (var start = 0L; start < flat.numel; start += Chunk)
        {
            using var part = flat.narrow(0, start, Math.Min(Chunk, flat.numel - start));
            Fill(MemoryMarshal.AsBytes(part.data<T>()));
        }

        return made;
    }

    private Tensor ReadBooleans(SafeTensorEntry entry)
    {
        var made = Read<bool>(entry, ScalarType.Bool);
        using var flat = made.view(-1);
        return MemoryMarshal.AsBytes(flat.data<bool>()).ContainsAnyExceptInRange((byte)0, (byte)1)
            ? throw SafeTensorsHeader.Wrong($"{entry.Name} has booleans that are neither 0 nor 1")
            : made;
    }

    private Tensor ReadHalves(SafeTensorEntry entry)
    {
        var made = empty(entry.Shape);
        using var flat = made.view(-1);
        var halves = new Half[Math.Min(Chunk, flat.numel)];
        for (var start = 0L; start < flat.numel; start += Chunk)
        {
            using var part = flat.narrow(0, start, Math.Min(Chunk, flat.numel - start));
            var elements = part.data<float>();
            Fill(MemoryMarshal.AsBytes(halves.AsSpan(0, elements.Length)));
            for (var i = 0; i < elements.Length; i++)
            {
                elements[i] = (float)halves[i];
            }
        }

        return made;
    }

    private void Fill(Span<byte> bytes)
    {
        SafeTensorsHeader.Fill(stream, bytes);
        position += bytes.Length;
    }

    private void Skip(long count)
    {
        var buffer = new byte[Math.Min(count, 1 << 16)];
        for (; count > 0; count -= buffer.Length)
        {
            buffer = count < buffer.Length ? new byte[count] : buffer;
            Fill(buffer);
        }
    }
}
