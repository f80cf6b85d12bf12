using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lace.Evidence.Datasets.Shards;

/// <summary>Reads what <see cref="ShardWriter"/> wrote, and refuses every other form of it. Nothing read is good before <see cref="Finish"/>.</summary>
internal sealed class ShardReader : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Stream input;
    private readonly byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;

    /// <param name="name">How messages call the file.</param>
    public ShardReader(Stream input, string name, string kind)
    {
        (this.input, Name) = (input, name);
        var expected = Encoding.ASCII.GetBytes(kind + "\n");
        var line = new byte[expected.Length];
        if (TryRead(line) < line.Length || !line.AsSpan().SequenceEqual(expected))
        {
            throw new ShardException(
                ShardError.OtherFormat,
                $"{name}: is no {kind}. Give the files that `lace attest --shard` of this version wrote."
            );
        }
    }

    public string Name { get; }

    public void Read(Span<byte> bytes)
    {
        if (TryRead(bytes) < bytes.Length)
        {
            throw Malformed("ends too early");
        }
    }

    public long ReadNumber(long limit)
    {
        long value = 0;
        Span<byte> next = stackalloc byte[1];
        for (var shift = 0; shift < 63; shift += 7)
        {
            Read(next);
            value |= (long)(next[0] & 0x7F) << shift;
            if (next[0] < 0x80)
            {
                return next[0] == 0 && shift > 0 ? throw Malformed("has a number that is not in its shortest form")
                    : value > limit ? throw Malformed("has a number that is too large")
                    : value;
            }
        }

        throw Malformed("has a number that is too large");
    }

    public ulong ReadKey()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Read(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public string ReadText(int limit)
    {
        var bytes = new byte[ReadNumber(limit)];
        Read(bytes);
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (ArgumentException)
        {
            throw Malformed("has a text that is no UTF-8");
        }
    }

    /// <summary>Checks the digest and that nothing follows it.</summary>
    /// <returns>The digest.</returns>
    public byte[] Finish()
    {
        hash.AppendData(buffer, 0, at);
        var computed = hash.GetHashAndReset();
        var stated = new byte[computed.Length];
        var read = TryRead(stated);
        if (read < stated.Length || TryRead(new byte[1]) != 0)
        {
            throw Malformed(read < stated.Length ? "ends too early" : "goes on behind its end");
        }

        return computed.AsSpan().SequenceEqual(stated)
            ? computed
            : throw new ShardException(
                ShardError.Altered,
                $"{Name}: was altered or damaged, its digest is not that of its bytes. Make it again."
            );
    }

    public ShardException Malformed(string problem) => new(ShardError.Malformed, $"{Name}: {problem}. Make it again.");

    public void Dispose() => hash.Dispose();

    private int TryRead(Span<byte> bytes)
    {
        var read = 0;
        while (read < bytes.Length)
        {
            if (at == end)
            {
                hash.AppendData(buffer, 0, end);
                (at, end) = (0, input.Read(buffer));
                if (end == 0)
                {
                    break;
                }
            }

            var count = Math.Min(bytes.Length - read, end - at);
            buffer.AsSpan(at, count).CopyTo(bytes[read..]);
            at += count;
            read += count;
        }

        return read;
    }
}
