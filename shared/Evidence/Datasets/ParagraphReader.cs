namespace Lace.Evidence.Datasets;

/// <summary>One record a run of lines that are not blank.</summary>
internal sealed class ParagraphReader(ByteWindow window) : RecordReader(window)
{
    public override bool TryRead(RecordBatch batch)
    {
        long first = 0;
        while (Window.TryReadLine(out var line))
        {
            if (!IsBlank(line))
            {
                Write(batch, first == 0 ? [] : "\n"u8, first);
                first = first == 0 ? Window.Line : first;
                Write(batch, WithoutCarriageReturn(line), first);
            }
            else if (first > 0)
            {
                break;
            }
        }

        if (first > 0)
        {
            batch.EndRecord(first);
        }

        return first > 0;
    }
}
