namespace Lace.Evidence.Datasets;

/// <summary>The source is the record.</summary>
internal sealed class WholeFileReader(ByteWindow window) : RecordReader(window)
{
    private bool done;

    public override bool TryRead(RecordBatch batch)
    {
        if (done)
        {
            return false;
        }

        do
        {
            Write(batch, Window.Unread, 1);
            Window.Advance(Window.Unread.Length);
        } while (Window.More());

        batch.EndRecord(1);
        return done = true;
    }
}
