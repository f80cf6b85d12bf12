using System.Text;
using Lace.Evidence.Datasets;

namespace Lace.Tests.Evidence.Datasets;

/// <summary>Sources in memory, and what readers make of them.</summary>
internal static class TestSources
{
    public static DatasetSource Of(
        byte[] content,
        DatasetFormat format = DatasetFormat.JsonLines,
        string name = "data"
    ) => new(name, format, () => new MemoryStream(content));

    public static DatasetSource Of(string content, DatasetFormat format = DatasetFormat.JsonLines) =>
        Of(Encoding.UTF8.GetBytes(content), format);

    /// <summary>Record texts (Latin-1, a char a byte) in order, read in pieces of at most <paramref name="piece"/> bytes.</summary>
    public static string[] Records(byte[] content, DatasetFormat format, int piece = int.MaxValue)
    {
        var batch = new RecordBatch();
        var source = new DatasetSource("data", format, () => new PiecewiseStream(content, piece));
        var records = new List<string>();
        foreach (var _ in new RecordFeed([source], () => batch).Batches())
        {
            for (var i = 0; i < batch.Count; i++)
            {
                records.Add(Encoding.Latin1.GetString(batch[i]));
            }
        }

        return [.. records];
    }

    /// <summary>The texts, the same whether read at once or byte by byte.</summary>
    public static string[] Records(string content, DatasetFormat format)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var records = Records(bytes, format);
        Assert.Equal(records, Records(bytes, format, 1));
        Assert.Equal(records, Records(bytes, format, 7));
        return [.. records.Select(record => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(record)))];
    }

    public static string ErrorOf(DatasetSource source, DatasetPart? part = null)
    {
        var error = Assert.Throws<DatasetException>(() => DatasetSurvey.Take([source], part ?? DatasetPart.Whole, 1));
        Assert.Equal(
            error.Message,
            Assert.Throws<DatasetException>(() => DatasetSurvey.Take([source], part ?? DatasetPart.Whole, 2)).Message
        );
        return error.Message;
    }

    /// <summary>Gives at most so many bytes a read, as pipes and decompressors do.</summary>
    private sealed class PiecewiseStream(byte[] content, int piece) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, piece));
    }
}
