using System.Text;
using Lace.Cryptography.Json;

namespace Lace.Tests.Cryptography;

public sealed class CanonicalJsonTests
{
    // RFC 8785, appendix B.
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555554, "333333333.33333325")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void Numbers_look_as_in_ECMAScript(ulong bits, string expected) =>
        Assert.Equal(expected, EcmaScriptNumber.Format(BitConverter.UInt64BitsToDouble(bits)));

    [Fact]
    public void Numbers_read_back_as_themselves()
    {
        var random = new Random(7);
        for (var i = 0; i < 100_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value))
            {
                var text = EcmaScriptNumber.Format(value);
                Assert.Equal(value, double.Parse(text));
                Assert.True(CanonicalJson.IsCanonical(Encoding.ASCII.GetBytes(text)), text);
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => EcmaScriptNumber.Format(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => EcmaScriptNumber.Format(double.NegativeInfinity));
    }

    // RFC 8785, sections 3.2.2 to 3.2.4.
    [Fact]
    public void Agrees_with_the_example_of_the_standard()
    {
        var input = """
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """;
        var expected =
            """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""";

        Assert.Equal(expected, Canonical(input));
    }

    [Fact]
    public void Names_are_ordered_by_UTF_16_code_units()
    {
        var input = """
            {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
             "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}
            """;

        var canonical = Canonical(input);
        string[] order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        var places = order.Select(word => canonical.IndexOf(word, StringComparison.Ordinal)).ToArray();
        Assert.Equal(places.Order(), places);
        Assert.StartsWith("""{"\r":"Carriage""", canonical, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""", CanonicalJsonError.DuplicateName)]
    [InlineData("""{"a":1,"\u0061":2}""", CanonicalJsonError.DuplicateName)]
    [InlineData("""[{"x":{"b":0,"a":0,"b":0}}]""", CanonicalJsonError.DuplicateName)]
    [InlineData("\"\\ud800\"", CanonicalJsonError.LoneSurrogate)]
    [InlineData("\"\\udc00\\ud800\"", CanonicalJsonError.LoneSurrogate)]
    [InlineData("{\"\\ud83d\":1}", CanonicalJsonError.LoneSurrogate)]
    [InlineData("1e400", CanonicalJsonError.NumberNotRepresentable)]
    [InlineData("-1e400", CanonicalJsonError.NumberNotRepresentable)]
    [InlineData("9007199254740993", CanonicalJsonError.NumberNotRepresentable)]
    [InlineData("[-123456789012345678901234567890]", CanonicalJsonError.NumberNotRepresentable)]
    [InlineData("NaN", CanonicalJsonError.NotJson)]
    [InlineData("Infinity", CanonicalJsonError.NotJson)]
    [InlineData("", CanonicalJsonError.NotJson)]
    [InlineData(" ", CanonicalJsonError.NotJson)]
    [InlineData("{}{}", CanonicalJsonError.NotJson)]
    [InlineData("1 2", CanonicalJsonError.NotJson)]
    [InlineData("{\"a\":1,}", CanonicalJsonError.NotJson)]
    [InlineData("[1,]", CanonicalJsonError.NotJson)]
    [InlineData("[1", CanonicalJsonError.NotJson)]
    [InlineData("01", CanonicalJsonError.NotJson)]
    [InlineData("+1", CanonicalJsonError.NotJson)]
    [InlineData("// comment\n1", CanonicalJsonError.NotJson)]
    [InlineData("'a'", CanonicalJsonError.NotJson)]
    [InlineData("\"\t\"", CanonicalJsonError.NotJson)]
    [InlineData("\uFEFF1", CanonicalJsonError.NotJson)]
    public void Refuses_what_has_no_one_meaning(string json, CanonicalJsonError expected)
    {
        Assert.Equal(expected, CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(json), out var canonical));
        Assert.Empty(canonical);
        Assert.Throws<ArgumentException>(() => CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void Refuses_bytes_that_are_not_UTF_8_and_nesting_without_end()
    {
        Assert.Equal(CanonicalJsonError.NotJson, CanonicalJson.TryCanonicalize([0x22, 0xFF, 0x22], out _));
        Assert.Equal(CanonicalJsonError.NotJson, CanonicalJson.TryCanonicalize([0x22, 0xED, 0xA0, 0x80, 0x22], out _));
        var deep = Encoding.ASCII.GetBytes(new string('[', 100_000));
        Assert.Equal(CanonicalJsonError.NotJson, CanonicalJson.TryCanonicalize(deep, out _));
    }

    [Theory]
    [InlineData("1.0", "1")]
    [InlineData("-0", "0")]
    [InlineData("1E2", "100")]
    [InlineData("9007199254740991", "9007199254740991")]
    [InlineData("295147905179352830000", "295147905179352830000")]
    [InlineData(" [ ] ", "[]")]
    [InlineData(
        "{\"b\":{\"d\":1,\"c\":2},\"a\":[{\"z\":1,\"y\":2}]}",
        "{\"a\":[{\"y\":2,\"z\":1}],\"b\":{\"c\":2,\"d\":1}}"
    )]
    [InlineData("\"\\u007f\\u2028<>&\\u0000\"", "\"\u007f\u2028<>&\\u0000\"")]
    public void Writes_the_one_form_and_keeps_it(string json, string expected)
    {
        Assert.Equal(expected, Canonical(json));
        Assert.Equal(expected, Canonical(expected));
        Assert.True(CanonicalJson.IsCanonical(Encoding.UTF8.GetBytes(expected)));
        Assert.Equal(json == expected, CanonicalJson.IsCanonical(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void A_changed_byte_of_a_document_never_throws()
    {
        var document = Encoding.UTF8.GetBytes("""{"a":[1.5e3,"\u00e9\ud83d\ude00",{"b":null,"c":true}],"d":"ü"}""");
        for (var i = 0; i < document.Length; i++)
        {
            var original = document[i];
            for (var value = 0; value < 256; value++)
            {
                document[i] = (byte)value;
                if (CanonicalJson.TryCanonicalize(document, out var canonical) == CanonicalJsonError.None)
                {
                    Assert.True(CanonicalJson.IsCanonical(canonical));
                }
            }

            document[i] = original;
        }
    }

    private static string Canonical(string json) =>
        Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json)));
}
