using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lace.Evidence.Datasets.Shards;

/// <summary>Writes a shard file: a line that says what it is, numbers and bytes, and the SHA-256 of all before it.</summary>
internal sealed class ShardWriter : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Stream output;
    private readonly byte[] buffer = new byte[1 << 16];
    private int buffered;

    public ShardWriter(Stream output, string kind)
    {
        this.output = output;
        Write(Encoding.ASCII.GetBytes(kind + "\n"));
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (buffered == buffer.Length)
            {
                Flush();
            }

            var count = Math.Min(bytes.Length, buffer.Length - buffered);
            bytes[..count].CopyTo(buffer.AsSpan(buffered));
            buffered += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Unsigned LEB128 in its shortest form.</summary>
    public void WriteNumber(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Span<byte> bytes = stackalloc byte[10];
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[length++] = (byte)(value | 0x80);
        }

        bytes[length++] = (byte)value;
        Write(bytes[..length]);
    }

    public void WriteKey(ulong key)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, key);
        Write(bytes);
    }

    public void WriteText(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        WriteNumber(bytes.Length);
        Write(bytes);
    }

    /// <summary>Ends the file.</summary>
    /// <returns>Its digest.</returns>
    public byte[] Finish()
    {
        Flush();
        var digest = hash.GetHashAndReset();
        output.Write(digest);
        output.Flush();
        return digest;
    }

    public void Dispose() => hash.Dispose();

    private void Flush()
    {
        hash.AppendData(buffer, 0, buffered);
        output.Write(buffer, 0, buffered);
        buffered = 0;
    }
}
