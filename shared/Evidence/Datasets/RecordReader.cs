namespace Lace.Evidence.Datasets;

/// <summary>Cuts one source into records (protocol §1).</summary>
internal abstract class RecordReader(ByteWindow window)
{
    /// <summary>Lines that were skipped as empty.</summary>
    public long EmptyLines { get; protected set; }

    protected ByteWindow Window => window;

    /// <summary>Adds the next record to the batch; false at the end of the source.</summary>
    public abstract bool TryRead(RecordBatch batch);

    /// <param name="window">Opened at the start of a source of that format.</param>
    public static RecordReader Of(DatasetFormat format, ByteWindow window) =>
        format switch
        {
            DatasetFormat.JsonLines => new LineReader(window),
            DatasetFormat.Json => new JsonReader(window),
            DatasetFormat.Csv => new DelimitedReader(window, (byte)','),
            DatasetFormat.Tsv => new DelimitedReader(window, (byte)'\t'),
            DatasetFormat.Text => new ParagraphReader(window),
            DatasetFormat.File => new WholeFileReader(window),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "A source has one format."),
        };

    protected static bool IsBlank(ReadOnlySpan<byte> line) => !line.ContainsAnyExcept(" \t\r"u8);

    protected static ReadOnlySpan<byte> WithoutCarriageReturn(ReadOnlySpan<byte> line) =>
        line is [.., (byte)'\r'] ? line[..^1] : line;

    /// <summary>Writes to the open record, within the limit of its length.</summary>
    protected void Write(RecordBatch batch, ReadOnlySpan<byte> part, long position)
    {
        if (part.Length > ByteWindow.RecordLimit - batch.OpenLength)
        {
            throw window.Error(position, ByteWindow.TooLong);
        }

        batch.Write(part);
    }
}
