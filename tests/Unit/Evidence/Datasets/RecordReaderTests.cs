using System.IO.Compression;
using System.Text;
using Lace.Evidence.Datasets;
using static Lace.Tests.Evidence.Datasets.TestSources;

namespace Lace.Tests.Evidence.Datasets;

public sealed class RecordReaderTests
{
    [Fact]
    public void Lines_lose_their_end_and_empty_ones_are_left_out() =>
        Assert.Equal(
            ["a", " b ", "c\rd", "e"],
            TestSources.Records("a\r\n\n \t\r\n b \nc\rd\ne", DatasetFormat.JsonLines)
        );

    [Theory]
    [InlineData(DatasetFormat.JsonLines, "é")]
    [InlineData(DatasetFormat.Text, "é")]
    [InlineData(DatasetFormat.File, "é")]
    [InlineData(DatasetFormat.Json, "\"é\"")]
    public void A_byte_order_mark_is_no_part_of_the_first_record(DatasetFormat format, string text) =>
        Assert.Equal([text], TestSources.Records("\uFEFF" + text, format));

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_first_column() =>
        Assert.Equal(["{\"a\":\"1\"}"], TestSources.Records("\uFEFFa\n1\n", DatasetFormat.Csv));

    [Fact]
    public void Paragraphs_are_runs_of_lines_that_are_not_blank() =>
        Assert.Equal(
            ["one\ntwo", "  three", "four"],
            TestSources.Records("\n\none\r\ntwo\n \t\n\n  three\n\r\nfour\n", DatasetFormat.Text)
        );

    [Fact]
    public void A_file_is_its_bytes() =>
        Assert.Equal(["a\r\n\n b"], TestSources.Records("a\r\n\n b", DatasetFormat.File));

    [Fact]
    public void Elements_of_an_array_are_taken_as_they_are_written() =>
        Assert.Equal(
            ["{ \"a\" : [1, {\"b\":2}] }", "1.50", "\"x\\u00e9]\"", "null", "[]", "{}", "-3e5"],
            TestSources.Records(
                " \n[ { \"a\" : [1, {\"b\":2}] } , 1.50,\"x\\u00e9]\" ,null,[], {},\n-3e5 ]\n",
                DatasetFormat.Json
            )
        );

    [Fact]
    public void A_document_that_is_no_array_is_one_record() =>
        Assert.Equal(["{\"a\": [1, 2]}"], TestSources.Records("\n {\"a\": [1, 2]} \n", DatasetFormat.Json));

    [Fact]
    public void An_empty_array_has_no_records() => Assert.Empty(TestSources.Records("[ ]", DatasetFormat.Json));

    [Theory]
    [InlineData("[1, 2", "element 2")]
    [InlineData("[1, 2] x", "element 3")]
    [InlineData("[1 2]", "element 2")]
    [InlineData("[{\"a\":}]", "element 1")]
    public void A_broken_array_is_an_error_that_names_the_element(string json, string place) =>
        Assert.Contains(place, ErrorOf(Of(json, DatasetFormat.Json)), StringComparison.Ordinal);

    [Fact]
    public void Rows_are_objects_of_strings_in_header_order() =>
        Assert.Equal(
            [
                "{\"name\":\"Ann\",\"note\":\"says \\\"hi\\\", twice\"}",
                "{\"name\":\"\",\"note\":\"a\\r\\nb\\tc\\\\d\\u0001é\"}",
            ],
            TestSources.Records(
                "name,note\r\nAnn,\"says \"\"hi\"\", twice\"\r\n\r\n\"\",\"a\r\nb\tc\\d\u0001é\"\r\n",
                DatasetFormat.Csv
            )
        );

    [Fact]
    public void Tabs_part_the_columns_of_tsv() =>
        Assert.Equal(
            ["{\"a,\\\"b\":\"1\",\"c\":\"2,3\"}"],
            TestSources.Records("\"a,\"\"b\"\tc\n1\t2,3\n", DatasetFormat.Tsv)
        );

    [Fact]
    public void A_quote_inside_an_unquoted_field_is_itself() =>
        Assert.Equal(["{\"a\":\"5\\\" disk\",\"b\":\"\"}"], TestSources.Records("a,b\n5\" disk,", DatasetFormat.Csv));

    [Theory]
    [InlineData("a,b\n1\n", "line 2", "1 columns, the header 2")]
    [InlineData("a,b\n1,2,3\n", "line 2", "3 columns, the header 2")]
    [InlineData("a,a\n1,2\n", "line 1", "the same name")]
    [InlineData("a\n1\n\"open\nmore\n", "line 3", "never closed")]
    [InlineData("a\n\"x\"y\n", "line 2", "quoted field is followed")]
    public void A_table_that_is_none_is_an_error_that_names_the_line(string csv, string place, string problem)
    {
        var error = ErrorOf(Of(csv, DatasetFormat.Csv));
        Assert.Contains(place, error, StringComparison.Ordinal);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_UTF_8_is_committed_as_it_is_and_counted()
    {
        byte[] content = [.. "{\"t\":\"a"u8, 0xFF, 0xC3, .. "\"}\n{\"t\":\"é\"}\n"u8];
        Assert.Equal(
            ["{\"t\":\"a\u00FF\u00C3\"}", "{\"t\":\"Ã©\"}"],
            TestSources.Records(content, DatasetFormat.JsonLines)
        );

        var survey = DatasetSurvey.Take([Of(content)], new DatasetPart(DatasetPartKind.Field, "t"), 2);
        Assert.Equal(1, survey.Statistics.InvalidUtf8);
        Assert.Equal(5, survey.Statistics.TrainedBytes);
    }

    [Theory]
    [InlineData(DatasetFormat.JsonLines)]
    [InlineData(DatasetFormat.Text)]
    [InlineData(DatasetFormat.File)]
    [InlineData(DatasetFormat.Json)]
    [InlineData(DatasetFormat.Csv)]
    public void A_record_of_200_MB_is_an_error_long_before_it_is_read(DatasetFormat format)
    {
        var read = 0L;
        var source = new DatasetSource("big", format, () => new EndlessStream(format, 200_000_000, n => read += n));
        var error = Assert.Throws<DatasetException>(() => DatasetSurvey.Take([source], DatasetPart.Whole, 1));
        Assert.Contains("longer than 16 MiB", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("big", error.Message, StringComparison.Ordinal);
        Assert.InRange(read, 1, 40_000_000);
    }

    [Fact]
    public void A_record_of_16_MiB_is_read_and_one_byte_more_is_not()
    {
        var line = new byte[ByteWindow.RecordLimit + 1];
        line.AsSpan().Fill((byte)'x');
        Assert.Equal(ByteWindow.RecordLimit, TestSources.Records(line[1..], DatasetFormat.JsonLines)[0].Length);
        Assert.Equal(ByteWindow.RecordLimit, TestSources.Records(line[1..], DatasetFormat.File)[0].Length);
        Assert.Throws<DatasetException>(() => TestSources.Records(line, DatasetFormat.JsonLines));
        Assert.Throws<DatasetException>(() => TestSources.Records(line, DatasetFormat.File));
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.0, 1)]
    [InlineData(0.0, 10)]
    [InlineData(0.5, 0)]
    [InlineData(1.0, -9)]
    [InlineData(1.0, -8)]
    [InlineData(1.0, -1)]
    public void A_compressed_file_that_is_cut_off_is_an_error(double share, int more)
    {
        var bytes = Compressed();
        var broken = bytes[..((int)(share * bytes.Length) + more)];
        var source = new DatasetSource("x.gz", DatasetFormat.JsonLines, () => Gzip(broken));
        Assert.Contains("x.gz: the compressed data is broken", ErrorOf(source), StringComparison.Ordinal);
    }

    [Fact]
    public void A_compressed_file_with_a_changed_byte_is_an_error()
    {
        var bytes = Compressed();
        bytes[bytes.Length / 2] ^= 0x55;
        var source = new DatasetSource("x.gz", DatasetFormat.JsonLines, () => Gzip(bytes));
        Assert.Contains("x.gz: the compressed data is broken", ErrorOf(source), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_compressed_at_all_is_an_error()
    {
        var source = new DatasetSource("x.gz", DatasetFormat.JsonLines, () => Gzip([.. "{}"u8]));
        Assert.Contains("x.gz: the compressed data is broken", ErrorOf(source), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", DatasetFormat.JsonLines)]
    [InlineData("\n \r\n", DatasetFormat.JsonLines)]
    [InlineData("\uFEFF", DatasetFormat.Text)]
    [InlineData("[]", DatasetFormat.Json)]
    [InlineData(" ", DatasetFormat.Json)]
    [InlineData("a,b\n", DatasetFormat.Csv)]
    public void A_dataset_without_records_is_refused(string content, DatasetFormat format) =>
        Assert.Contains("no records", ErrorOf(Of(content, format)), StringComparison.Ordinal);

    private static Stream Gzip(byte[] bytes) =>
        Lace.Cli.Attest.SourceFile.Decompress(new MemoryStream(bytes), bytes.Length);

    private static byte[] Compressed()
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            var random = new Random(5);
            for (var i = 0; i < 2000; i++)
            {
                gzip.Write(Encoding.ASCII.GetBytes($"{{\"text\":\"{random.NextInt64()}\"}}\n"));
            }
        }

        return output.ToArray();
    }

    /// <summary>One record that does not end, after whatever the format needs first.</summary>
    private sealed class EndlessStream(DatasetFormat format, long length, Action<int> onRead) : MemoryStream
    {
        private long given;

        public override int Read(byte[] buffer, int offset, int count)
        {
            count = (int)Math.Min(count, length - given);
            buffer.AsSpan(offset, count).Fill((byte)'x');
            var start = format switch
            {
                DatasetFormat.Json => "[\""u8,
                DatasetFormat.Csv => "a\n\""u8,
                _ => [],
            };
            if (given == 0)
            {
                start.CopyTo(buffer.AsSpan(offset, count));
            }

            given += count;
            onRead(count);
            return count;
        }
    }
}
