using System.Text;
using Lace.Evidence.Fingerprints;
using Lace.Tests.Evidence.LossLog;

namespace Lace.Tests.Evidence.Fingerprints;

public sealed class TextNormalizerTests
{
    [Fact]
    public void Gives_what_the_published_test_strings_say()
    {
        var vectors = TestVectors.Read("normalisation_vectors.json").GetProperty("vectors").EnumerateArray().ToArray();
        Assert.True(vectors.Length >= 200);
        var normalizer = new TextNormalizer();
        foreach (var vector in vectors)
        {
            var input = Convert.FromHexString(vector.GetProperty("input").GetString()!);
            Assert.Equal(
                (vector.GetProperty("input").GetString(), vector.GetProperty("normalised").GetString()),
                (vector.GetProperty("input").GetString(), Encoding.UTF8.GetString(normalizer.Normalize(input)))
            );
        }
    }

    [Fact]
    public void Does_the_same_to_all_vectors_in_one_text()
    {
        var vectors = TestVectors.Read("normalisation_vectors.json").GetProperty("vectors").EnumerateArray().ToArray();
        byte[] all =
        [
            .. vectors.SelectMany(v =>
                (byte[])[.. Convert.FromHexString(v.GetProperty("input").GetString()!), (byte)'|']
            ),
        ];
        var expected = string.Join(
            ' ',
            vectors.Select(v => v.GetProperty("normalised").GetString()!).Where(text => text.Length > 0)
        );
        Assert.Equal(expected, Encoding.UTF8.GetString(new TextNormalizer().Normalize(all)));
    }

    [Fact]
    public void Its_lower_case_and_letters_are_those_of_the_runtime_where_both_know_the_code_point()
    {
        // The runtime knows a newer Unicode; what it calls a letter and we do not was added since.
        var tables = UnicodeTables.Instance;
        for (var code = 0; code < UnicodeTables.CodePoints; code++)
        {
            if (!Rune.IsValid(code) || (tables.Traits(code) & UnicodeTables.Kept) == 0)
            {
                continue;
            }

            Assert.True(Rune.IsLetterOrDigit(new Rune(code)), $"U+{code:X}");
            var lower = Rune.ToLowerInvariant(new Rune(code)).Value;
            Assert.True(tables.Lower(code) == lower || (tables.Traits(lower) & UnicodeTables.Kept) == 0, $"U+{code:X}");
        }
    }

    [Fact]
    public void Says_of_each_byte_where_it_comes_from()
    {
        var text = "  Ａb, \u00e9x\u0301. Ω"u8;
        var normalised = new TextNormalizer().Normalize(text, out var origins);
        Assert.Equal(
            "ab éx\u0301 ω".Replace("\u0301", "", StringComparison.Ordinal),
            Encoding.UTF8.GetString(normalised)
        );
        Assert.Equal(normalised.Length, origins.Length);
        for (var i = 1; i < origins.Length; i++)
        {
            Assert.True(origins[i] >= origins[i - 1]);
        }

        // Where marks may compose, the byte where the run begins.
        Assert.Equal(1, origins[0]);
        Assert.Equal(5, origins[1]);
    }

    [Fact]
    public void Random_bytes_normalise_to_what_stays_as_it_is()
    {
        var random = new Random(1);
        var normalizer = new TextNormalizer();
        for (var i = 0; i < 2_000; i++)
        {
            var text = new byte[random.Next(200)];
            random.NextBytes(text);
            var once = normalizer.Normalize(text).ToArray();
            Assert.True(System.Text.Unicode.Utf8.IsValid(once));
            Assert.True(once.AsSpan().IndexOf("  "u8) < 0 && once is not [(byte)' ', ..] and not [.., (byte)' ']);
            Assert.Equal(once, normalizer.Normalize(text, out _).ToArray());
        }
    }

    [Theory]
    [InlineData("ab Z09,;\n")]
    [InlineData("a ,")]
    [InlineData("aB é’É, \u0301x\u00a0")]
    [InlineData("ab c.ﬁＡ語\u0323\ufffdÅ\u212b한")]
    public void Equals_the_slower_way_that_traces(string letters)
    {
        // Sixteen bytes at a time beside one by one: gaps and marks at every place of a vector, and text that ends there.
        var random = new Random(2);
        var runes = letters.EnumerateRunes().ToArray();
        var normalizer = new TextNormalizer();
        for (var i = 0; i < 20_000; i++)
        {
            var text = new List<byte>();
            for (var left = random.Next(60); left > 0; left--)
            {
                text.AddRange(Encoding.UTF8.GetBytes(runes[random.Next(runes.Length)].ToString()));
            }

            if (random.Next(10) == 0 && text.Count > 0)
            {
                text[random.Next(text.Count)] = (byte)random.Next(256);
            }

            byte[] bytes = [.. text];
            Assert.Equal(normalizer.Normalize(bytes, out _).ToArray(), normalizer.Normalize(bytes).ToArray());
        }
    }

    [Fact]
    public void A_million_marks_in_a_row_take_no_quadratic_time()
    {
        byte[] marks = [(byte)'e', .. Enumerable.Repeat("\u0301\u0323"u8.ToArray(), 500_000).SelectMany(mark => mark)];
        Assert.StartsWith(
            "ẹ",
            Encoding.UTF8.GetString(new TextNormalizer().Normalize(marks)),
            StringComparison.Ordinal
        );
    }
}
