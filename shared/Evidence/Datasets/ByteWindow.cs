using System.Security.Cryptography;

namespace Lace.Evidence.Datasets;

/// <summary>The part of a source that is in memory: what a reader has not consumed yet, at most one record and a little more.</summary>
/// <remarks>One window serves all sources of a dataset, one after the other. It hashes everything that passes through it.</remarks>
internal sealed class ByteWindow : IDisposable
{
    /// <summary>Canonical bytes of a record, at most.</summary>
    public const int RecordLimit = 16 << 20;

    private const int InitialSize = 1 << 18;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] buffer = new byte[InitialSize];
    private int start;
    private int end;
    private int searched;
    private long length;
    private Stream? stream;
    private DatasetSource? source;

    /// <summary>What was read and not consumed.</summary>
    public ReadOnlySpan<byte> Unread => buffer.AsSpan(start, end - start);

    /// <summary>Number of the line that <see cref="TryReadLine"/> returned last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Starts a source; a byte order mark is consumed.</summary>
    public void Open(DatasetSource next)
    {
        (start, end, searched, length, Line) = (0, 0, 0, 0, 0);
        source = next;
        stream = Reading(next.Open);
        while (Unread.Length < 3 && More()) { }
        if (Unread.StartsWith("\uFEFF"u8))
        {
            Advance(3);
        }
    }

    /// <summary>Reads more of the source behind what is unread; false at its end.</summary>
    /// <exception cref="DatasetException">What is unread has outgrown a record.</exception>
    public bool More()
    {
        if (end == buffer.Length)
        {
            MakeRoom();
        }

        var read = Reading(() => stream!.Read(buffer, end, buffer.Length - end));
        hash.AppendData(buffer, end, read);
        end += read;
        length += read;
        return read > 0;
    }

    public void Advance(int count)
    {
        start += count;
        searched = 0;
    }

    /// <summary>The next line without its LF; false at the end. Valid until the next call.</summary>
    public bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        Line++;
        while (true)
        {
            var at = Unread[searched..].IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = Unread[..(searched + at)];
                Advance(line.Length + 1);
                return true;
            }

            searched = Unread.Length;
            if (searched > RecordLimit + 1)
            {
                throw Error(Line, TooLong);
            }

            if (!More())
            {
                line = Unread;
                Advance(line.Length);
                return !line.IsEmpty;
            }
        }
    }

    /// <summary>Reads the source to its end, closes it, and says what was read.</summary>
    public SourceFingerprint Close()
    {
        do
        {
            Advance(Unread.Length);
        } while (More());

        stream?.Dispose();
        stream = null;
        return new SourceFingerprint(source!.Name, length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public DatasetException Error(long position, string problem) =>
        DatasetException.At(source!.Name, source.Format, position, problem);

    public const string TooLong =
        "the record is longer than 16 MiB. Split it, or attest the dataset in another format.";

    public void Dispose()
    {
        stream?.Dispose();
        hash.Dispose();
    }

    private void MakeRoom()
    {
        var unread = end - start;
        var target =
            unread > buffer.Length / 2 ? new byte[Math.Min(buffer.Length * 2, RecordLimit + InitialSize)] : buffer;
        if (unread == target.Length)
        {
            throw Error(Math.Max(1, Line), TooLong);
        }

        Buffer.BlockCopy(buffer, start, target, 0, unread);
        (buffer, start, end) = (target, 0, unread);
    }

    private T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException cause)
        {
            throw new DatasetException(
                $"{source!.Name}: the compressed data is broken or ends too early ({cause.Message}). Get a complete copy of the file.",
                cause
            );
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{source!.Name}: cannot be read: {cause.Message}", cause);
        }
    }
}
