using System.Text.Json;

namespace Lace.Evidence.Datasets;

/// <summary>One record an element of the top-level array, or the whole document where it is no array. Holds one element at a time.</summary>
internal sealed class JsonReader(ByteWindow window) : RecordReader(window)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1000 };

    private JsonReaderState state = new(Options);
    private bool started;
    private bool ended;
    private bool isDocument;
    private long elements;

    public override bool TryRead(RecordBatch batch)
    {
        if (!started)
        {
            started = true;
            isDocument = !StartsWithArray();
            return isDocument && TryReadDocument(batch) || !isDocument && TryReadElement(batch);
        }

        return !isDocument && !ended && TryReadElement(batch);
    }

    private bool StartsWithArray()
    {
        do
        {
            var blank = Window.Unread.IndexOfAnyExcept(" \t\r\n"u8);
            Window.Advance(blank < 0 ? Window.Unread.Length : blank);
        } while (Window.Unread.IsEmpty && Window.More());

        return Window.Unread is [(byte)'[', ..];
    }

    private bool TryReadDocument(RecordBatch batch)
    {
        while (Window.More())
        {
            if (Window.Unread.Length > ByteWindow.RecordLimit)
            {
                throw Window.Error(1, ByteWindow.TooLong);
            }
        }

        var document = Window.Unread.TrimEnd(" \t\r\n"u8);
        if (document.IsEmpty)
        {
            return false;
        }

        Write(batch, document, 1);
        batch.EndRecord(1);
        return true;
    }

    // Bytes before the element are consumed as soon as they are understood; those of the element once it is whole.
    private bool TryReadElement(RecordBatch batch)
    {
        var understood = 0;
        var elementStart = -1;
        var atEnd = false;
        while (true)
        {
            var reader = new Utf8JsonReader(Window.Unread[understood..], atEnd, state);
            while (Next(ref reader))
            {
                var isElement =
                    reader.CurrentDepth == 1 && reader.TokenType != JsonTokenType.EndArray || elementStart >= 0;
                if (!isElement)
                {
                    ended = ended || reader.CurrentDepth == 0 && reader.TokenType == JsonTokenType.EndArray;
                    continue;
                }

                elementStart = elementStart < 0 ? understood + (int)reader.TokenStartIndex : elementStart;
                var isWhole =
                    reader.CurrentDepth == 1
                    && reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject);
                if (isWhole)
                {
                    var end = understood + (int)reader.BytesConsumed;
                    state = reader.CurrentState;
                    Write(batch, Window.Unread[elementStart..end], ++elements);
                    batch.EndRecord(elements);
                    Window.Advance(end);
                    return true;
                }
            }

            state = reader.CurrentState;
            understood += (int)reader.BytesConsumed;
            if (atEnd)
            {
                return false;
            }

            if (elementStart < 0)
            {
                Window.Advance(understood);
                understood = 0;
            }
            else if (Window.Unread.Length - elementStart > ByteWindow.RecordLimit)
            {
                throw Window.Error(elements + 1, ByteWindow.TooLong);
            }

            atEnd = !Window.More();
        }
    }

    private bool Next(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (JsonException)
        {
            throw Window.Error(
                elements + 1,
                "the array is not valid JSON from here on. Repair the file, or attest it as one record with --format file."
            );
        }
    }
}
