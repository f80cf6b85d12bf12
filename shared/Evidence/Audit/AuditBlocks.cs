namespace Lace.Evidence.Audit;

/// <summary>Whole lines of a file, behind the line that comes before them.</summary>
internal sealed class AuditBlock
{
    /// <summary>A line kept from the block before, one begun there, and at least as much again.</summary>
    public const int Size = 1 << 20;

    private readonly byte[] buffer = new byte[Size];
    private int start;
    private int end;

    /// <summary>The line before, with its line feed; empty at the start of the file.</summary>
    public ReadOnlySpan<byte> Before => buffer.AsSpan(0, start);

    /// <summary>Each with its line feed.</summary>
    public ReadOnlySpan<byte> Lines => buffer.AsSpan(start, end - start);

    /// <summary>Number of the first line, from 1 on.</summary>
    public long FirstLine { get; private set; }

    /// <summary>What is wrong behind the last line.</summary>
    public AuditFault Tail { get; private set; }

    /// <summary>Bytes behind the last line feed.</summary>
    internal ReadOnlySpan<byte> Rest(int read) => buffer.AsSpan(end, read - end);

    /// <summary>Fills the block and says how many bytes of its buffer have content, and whether the file ended.</summary>
    internal int Fill(ReadOnlySpan<byte> before, ReadOnlySpan<byte> begun, Stream file, long firstLine, out bool ended)
    {
        before.CopyTo(buffer);
        begun.CopyTo(buffer.AsSpan(before.Length));
        start = before.Length;
        FirstLine = firstLine;
        var length = start + begun.Length;
        var wanted = Size - length;
        var read = file.ReadAtLeast(buffer.AsSpan(length), wanted, throwOnEndOfStream: false);
        ended = read < wanted;
        length += read;
        end = start + buffer.AsSpan(start, length - start).LastIndexOf((byte)'\n') + 1;
        Tail =
            length - end > AuditEntry.MaxLineBytes ? AuditFault.LineTooLong
            : ended && length > end ? AuditFault.Truncated
            : AuditFault.None;
        return length;
    }
}

/// <summary>Cuts a file into blocks. Any thread may take the next one.</summary>
internal sealed class AuditBlocks(Stream file)
{
    private readonly Lock turn = new();
    private byte[] before = [];
    private byte[] begun = [];
    private long nextLine = 1;
    private bool ended;

    /// <summary>False at the end of the file, and behind a line that is too long to be read.</summary>
    public bool TryTake(AuditBlock block)
    {
        lock (turn)
        {
            if (ended)
            {
                return false;
            }

            var length = block.Fill(before, begun, file, nextLine, out ended);
            var lines = block.Lines;
            begun = block.Rest(length).ToArray();
            before = lines.IsEmpty ? before : lines[(lines[..^1].LastIndexOf((byte)'\n') + 1)..].ToArray();
            nextLine += lines.Count((byte)'\n');

            // Such a line is a fault, so that nothing behind it matters.
            ended |= block.Tail != AuditFault.None || before.Length > AuditEntry.MaxLineBytes + 1;
            return true;
        }
    }

    /// <summary>No more blocks are given.</summary>
    public void Stop()
    {
        lock (turn)
        {
            ended = true;
        }
    }
}
