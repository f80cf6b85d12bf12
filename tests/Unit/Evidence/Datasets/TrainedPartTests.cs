using System.Text;
using Lace.Evidence.Datasets;

namespace Lace.Tests.Evidence.Datasets;

public sealed class TrainedPartTests
{
    [Theory]
    [InlineData("""{"text":"abc"}""", "text", "abc")]
    [InlineData("""{"a":{"text":1},"text":"x"}""", "text", "x")]
    [InlineData("""{"a":{"b":{"c":"deep"}}}""", "a.b.c", "deep")]
    [InlineData("""{"a":{"x":"no"},"b":"y","a":{"b":"last"}}""", "a.b", "last")]
    [InlineData("""{"text":"first","text":"last"}""", "text", "last")]
    [InlineData("""{"text": [1, {"a": "b"}] }""", "text", """[1, {"a": "b"}]""")]
    [InlineData("""{"text": {"a" : 1}, "z":2}""", "text", """{"a" : 1}""")]
    [InlineData("""{"text": 1.50}""", "text", "1.50")]
    [InlineData("""{"text": true}""", "text", "true")]
    [InlineData("""{"text":""}""", "text", "")]
    [InlineData("""{"text":"a\n\t\"\\\/\b\f\rz"}""", "text", "a\n\t\"\\/\b\f\rz")]
    [InlineData("""{"text":"\u00e9\u20ac\ud83d\ude00"}""", "text", "é€😀")]
    [InlineData("""{"text":"\ud83dx\ude00\ud83d\ud83d\ude00"}""", "text", "\uFFFDx\uFFFD\uFFFD😀")]
    [InlineData("""{"te\u0078t":"escaped name"}""", "text", "escaped name")]
    public void Is_the_member_named(string record, string field, string expected) =>
        Assert.Equal(expected, Find(Encoding.UTF8.GetBytes(record), new DatasetPart(DatasetPartKind.Field, field)));

    [Theory]
    [InlineData("""{"other":"x"}""", "text")]
    [InlineData("""{"text":null}""", "text")]
    [InlineData("""{"text":"x"}""", "text.inner")]
    [InlineData("""{"a":[{"b":"x"}]}""", "a.b")]
    [InlineData("""["text"]""", "text")]
    [InlineData("\"text\"", "text")]
    [InlineData("""{"text":"x" """, "text")]
    [InlineData("""{"text":"x"} {}""", "text")]
    [InlineData("""{"text":"x",}""", "text")]
    [InlineData("not json", "text")]
    [InlineData("""{"te\ud800t":"x"}""", "text")]
    public void A_record_without_the_member_has_none(string record, string field) =>
        Assert.Null(Find(Encoding.UTF8.GetBytes(record), new DatasetPart(DatasetPartKind.Field, field)));

    [Fact]
    public void Invalid_UTF_8_passes_as_it_is_beside_escapes()
    {
        byte[] record = [.. "{\"text\":\"a\\n"u8, 0xFF, 0xC3, .. "\"}"u8];
        Assert.Equal(
            "a\n\u00FF\u00C3",
            Find(record, new DatasetPart(DatasetPartKind.Response, "text"), Encoding.Latin1)
        );
    }

    [Theory]
    [InlineData(2, "ab")]
    [InlineData(3, "abc")]
    [InlineData(99, "abc")]
    public void Is_cut_to_the_length_given(int limit, string expected)
    {
        Assert.Equal(expected, Find("abc"u8, new DatasetPart(DatasetPartKind.Whole, null, limit)));
        Assert.Equal(expected, Find("{\"t\":\"abc\"}"u8, new DatasetPart(DatasetPartKind.Field, "t", limit)));
    }

    [Fact]
    public void A_record_that_lacks_it_is_an_error_that_names_file_and_line()
    {
        var source = TestSources.Of("{\"text\":\"x\"}\n\n{\"txet\":\"secret words\"}\n");
        var error = TestSources.ErrorOf(source, new DatasetPart(DatasetPartKind.Field, "text"));
        Assert.StartsWith("data, line 3:", error, StringComparison.Ordinal);
        Assert.Contains("'text'", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_never_crash_it()
    {
        var random = new Random(11);
        byte[] alphabet = [.. "{}[]\":,\\u0dtext8 \n"u8, 0xFF, 0xC3, 0xA9];
        var part = new TrainedPart(new DatasetPart(DatasetPartKind.Field, "text"));
        for (var i = 0; i < 20_000; i++)
        {
            byte[] noise =
            [
                .. Enumerable.Range(0, random.Next(24)).Select(_ => alphabet[random.Next(alphabet.Length)]),
            ];
            part.TryFind(noise, out _);
            part.TryFind([.. "{\"text\":\""u8, .. noise, .. "\"}"u8], out _);
        }
    }

    private static string? Find(ReadOnlySpan<byte> record, DatasetPart part, Encoding? encoding = null) =>
        new TrainedPart(part).TryFind(record, out var found) ? (encoding ?? Encoding.UTF8).GetString(found) : null;
}
