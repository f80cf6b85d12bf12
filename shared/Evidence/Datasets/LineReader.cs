namespace Lace.Evidence.Datasets;

/// <summary>One record a line, empty ones left out.</summary>
internal sealed class LineReader(ByteWindow window) : RecordReader(window)
{
    public override bool TryRead(RecordBatch batch)
    {
        while (Window.TryReadLine(out var line))
        {
            if (IsBlank(line))
            {
                EmptyLines++;
                continue;
            }

            Write(batch, WithoutCarriageReturn(line), Window.Line);
            batch.EndRecord(Window.Line);
            return true;
        }

        return false;
    }
}
