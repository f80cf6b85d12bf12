using System.Security.Cryptography;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Bundles;

/// <summary>Lines of a stream one by one, none longer than a limit, and the digest of all that was read.</summary>
internal sealed class HashedLines(Stream stream, int maxLine) : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] buffer = new byte[1 << 16];
    private int start;
    private int end;

    /// <summary>Bytes read so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>SHA-256 of everything, once the stream is at its end; asked once.</summary>
    public MerkleHash Digest() => new(hash.GetHashAndReset());

    /// <summary>The next line without its <c>\n</c>, valid until the next call; null at the end.</summary>
    /// <exception cref="FileFormatException">It is too long, or ends without a line end.</exception>
    public ReadOnlyMemory<byte>? Next()
    {
        var looked = 0;
        while (true)
        {
            var found = buffer.AsSpan(start + looked, end - start - looked).IndexOf((byte)'\n');
            if (found >= 0)
            {
                var line = buffer.AsMemory(start, looked + found);
                start += looked + found + 1;
                return line;
            }

            looked = end - start;
            if (looked > maxLine)
            {
                throw new FileFormatException($"a line is longer than {maxLine} bytes");
            }

            if (!Fill())
            {
                return looked == 0 ? null : throw new FileFormatException("it is cut off in a line");
            }
        }
    }

    public void Dispose() => hash.Dispose();

    private bool Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, 2 * buffer.Length);
        }

        var read = stream.Read(buffer.AsSpan(end));
        hash.AppendData(buffer.AsSpan(end, read));
        (end, Bytes) = (end + read, Bytes + read);
        return read > 0;
    }
}
