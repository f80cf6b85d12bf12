using System.Text;
using System.Text.Json.Nodes;
using Lace.SystemTests.Platform;
using Lace.Worker.Models;

namespace Lace.SystemTests.Models;

public sealed class TokenizerTests
{
    private const string Mixed = "Hello, world's 12345 DON'T  stop\n\n  naïve ×2 日本語 𝒜𝒷9 👩‍👩‍👧 \t\r\nend   ";

    [Fact]
    public void Of_bytes_writes_any_text_byte_for_byte()
    {
        var tokenizer = Tokenizer.OfBytes();
        var bytes = Encoding.UTF8.GetBytes(Mixed).Select(value => (int)value);
        Assert.Equal(bytes, tokenizer.Encode(Mixed));
        Assert.Equal(Mixed, tokenizer.Decode(tokenizer.Encode(Mixed)));
        Assert.Equal((259, 256, 256), (tokenizer.Size, tokenizer.EndOfText, tokenizer.Padding));
        Assert.Equal("a\uFFFD", tokenizer.Decode([97, 0xE2, 0x82]));
        Assert.Throws<ArgumentException>(() => tokenizer.Decode([259]));
    }

    [Fact]
    public void Special_tokens_are_read_where_asked_for_and_are_text_elsewhere()
    {
        var tokenizer = Tokenizer.OfBytes();
        const string text = "a<|endoftext|>b<|im_start|";
        var special = tokenizer.Encode(text);
        Assert.Equal([97, 256, 98], special[..3]);
        Assert.Equal(text.Length, tokenizer.Encode(text, special: false).Length);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, special: false)));
        Assert.Equal(text, tokenizer.Decode(special, special: true));
        Assert.Equal("ab<|im_start|", tokenizer.Decode(special));
    }

    [Fact]
    public void Is_the_same_after_saving()
    {
        using var folder = new TemporaryFolder();
        Tokenizer.OfBytes().Save(folder.Path);
        var loaded = Tokenizer.Load(folder.Path);
        Assert.Equal(Tokenizer.OfBytes().Encode(Mixed), loaded.Encode(Mixed));
        Assert.Equal(256, loaded.EndOfText);
        Assert.Equal(File.ReadAllText(folder["tokenizer.json"]), Saved(loaded));
    }

    [Theory]
    [InlineData(
        TextSplitter.Gpt2Pattern,
        "Hello|,| world|'s| 12345| DON|'|T| | stop|\n\n  | naïve",
        "Hello, world's 12345 DON'T  stop\n\n   naïve"
    )]
    [InlineData(
        Llama3Pattern,
        "Hello|,| world|'s| |123|45| DON|'T| | stop|\n\n|  | naïve|.\n| x",
        "Hello, world's 12345 DON'T  stop\n\n   naïve.\n x"
    )]
    [InlineData(Qwen2Pattern, "a|1|2|3| |4|𝒜|𝟙|\n|b| !?\n\n|¿que", "a123 4𝒜𝟙\nb !?\n\n¿que")]
    [InlineData(TextSplitter.Gpt2Pattern, "𝒜𝒷|𝟙²| 👩\uFE0F\u200D👩!", "𝒜𝒷𝟙² 👩\uFE0F\u200D👩!")]
    public void Text_is_cut_by_the_expressions_of_the_models(string pattern, string pieces, string text) =>
        Assert.Equal(pieces.Split('|'), TextSplitter.Of(pattern).Split(text));

    [Fact]
    public void Digits_stand_alone_where_the_tokenizer_says_so()
    {
        var tokenizer = MadeTokenizer.From(root =>
        {
            root["pre_tokenizer"] = JsonNode.Parse(
                """
                {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true},
                 {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]}
                """
            );
            root["model"]!["ignore_merges"] = true; // whole pieces are seen by the one that is in the vocabulary
            root["model"]!["vocab"]!["ĠĠ"] = 900;
            root["model"]!["vocab"]!["Ġa"] = 901;
        });
        Assert.Equal(["a", "1", "2", "ĠĠ", "3", "Ġ", "Ġa", "Ġ", "4"], Spelled(tokenizer, "a12  3  a 4"));
    }

    [Fact]
    public void Merges_are_applied_in_the_order_they_were_learned()
    {
        var tokenizer = FromMerges("h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "e l");
        Assert.Equal(["hello", "Ġwor", "l", "d"], Spelled(tokenizer, "hello world"));
        Assert.Equal(["el", "l", "he"], Spelled(FromMerges("h e", "e l"), "ellhe"));
        Assert.Equal(
            ["hello"],
            Spelled(FromMerges(wholePieces: true, "h hello"[..0] + "h e", "he l", "l o", "hel lo"), "hello")
        );
    }

    [Fact]
    public void A_whole_piece_of_the_vocabulary_is_one_token_where_the_model_says_so()
    {
        string[] merges = ["h e", "l l", "he ll", "l o", "hell o", "a b", "b c", "a bc"];
        Assert.Equal(["ab", "c"], Spelled(FromMerges(merges), "abc"));
        Assert.Equal(["abc"], Spelled(FromMerges(wholePieces: true, merges), "abc"));
    }

    [Fact]
    public void Long_pieces_and_random_ones_are_merged_as_the_plain_algorithm_does()
    {
        string[] merges = ["a a", "aa aa", "b a", "a b", "ab ab", "aaaa b", "ba ba", "abab a", "c c", "cc a"];
        var tokenizer = FromMerges(merges);
        var random = new Random(4);
        for (var i = 0; i < 300; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)('a' + random.Next(3))));
            Assert.Equal(Plain(text, merges), Spelled(tokenizer, text));
        }
    }

    /// <summary>In a few seconds; an algorithm that is quadratic in the length of a piece would not end today.</summary>
    [Fact]
    public void A_piece_of_two_million_letters_is_merged() =>
        Assert.Equal(500_000, FromMerges("a a", "aa aa").Encode(new string('a', 2_000_000)).Length);

    [Fact]
    public void Text_is_composed_where_the_tokenizer_says_so()
    {
        var plain = MadeTokenizer.From(root => { });
        var composing = MadeTokenizer.From(root => root["normalizer"] = JsonNode.Parse("""{"type": "NFC"}"""));
        Assert.Equal(3, plain.Encode("e\u0301").Length);
        Assert.Equal([0xC3, 0xA9], composing.Encode("e\u0301"));
    }

    [Fact]
    public void The_models_tokens_of_beginning_and_end_are_put_around_a_text()
    {
        var tokenizer = MadeTokenizer.From(root =>
            root["post_processor"] = JsonNode.Parse(
                """
                {"type": "Sequence", "processors": [{"type": "ByteLevel"}, {"type": "TemplateProcessing",
                 "single": [{"SpecialToken": {"id": "<|im_start|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                            {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}], "pair": [], "special_tokens": {}}]}
                """
            )
        );
        Assert.Equal([257, 97, 256], tokenizer.Encode("a"));
        Assert.Equal([97], tokenizer.Encode("a", special: false));
    }

    [Theory]
    [InlineData("model", """{"type": "WordPiece", "vocab": {}, "merges": []}""", "WordPiece")]
    [InlineData("model", """{"type": "BPE", "vocab": {"a": 0}, "merges": []}""", "vocabulary lacks")]
    [InlineData("normalizer", """{"type": "Lowercase"}""", "Lowercase")]
    [InlineData("pre_tokenizer", """{"type": "Whitespace"}""", "Whitespace")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": true}""", "add_prefix_space")]
    [InlineData(
        "pre_tokenizer",
        """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated"}, {"type": "ByteLevel", "use_regex": false}]}""",
        "expression"
    )]
    [InlineData("decoder", """{"type": "Metaspace"}""", "Metaspace")]
    [InlineData("post_processor", """{"type": "BertProcessing"}""", "BertProcessing")]
    [InlineData("added_tokens", """[{"id": 300, "content": "<x>", "lstrip": true}]""", "lstrip")]
    [InlineData("added_tokens", """[{"id": 65, "content": "<x>"}]""", "number 65")]
    [InlineData("added_tokens", """[{"id": "x", "content": "<x>"}]""", "no number")]
    public void Refuses_by_name_what_would_make_other_tokens(string part, string value, string named)
    {
        var refusal = Assert.Throws<ModelException>(() =>
            MadeTokenizer.From(root => root[part] = JsonNode.Parse(value))
        );
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dropout", "0.1")]
    [InlineData("byte_fallback", "true")]
    [InlineData("continuing_subword_prefix", "\"##\"")]
    [InlineData("merges", "[\"a\"]")]
    [InlineData("merges", "[\"a zz\"]")]
    public void Refuses_options_of_the_model(string option, string value) =>
        Assert.Throws<ModelException>(() => MadeTokenizer.From(root => root["model"]![option] = JsonNode.Parse(value)));

    private const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static Tokenizer FromMerges(params string[] merges) => FromMerges(wholePieces: false, merges);

    private static Tokenizer FromMerges(bool wholePieces, params string[] merges) =>
        MadeTokenizer.From(root =>
        {
            var model = root["model"]!;
            foreach (var merge in merges)
            {
                model["vocab"]![merge.Replace(" ", "", StringComparison.Ordinal)] ??=
                    1000 + model["vocab"]!.AsObject().Count;
                model["merges"]!.AsArray().Add(merge);
            }

            model["ignore_merges"] = wholePieces;
        });

    private static string Saved(Tokenizer tokenizer)
    {
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.Path);
        return File.ReadAllText(folder["tokenizer.json"]);
    }

    private static string[] Spelled(Tokenizer tokenizer, string text) =>
        [.. tokenizer.Encode(text).Select(id => ByteAlphabet.Spell(tokenizer.BytesOf(id)))];

    /// <summary>Joins the pair of the lowest rank, leftmost first, again and again.</summary>
    private static List<string> Plain(string text, string[] merges)
    {
        var parts = text.Select(c => c.ToString()).ToList();
        while (true)
        {
            var pairs = Enumerable
                .Range(0, parts.Count - 1)
                .Select(i => (Rank: Array.IndexOf(merges, $"{parts[i]} {parts[i + 1]}"), At: i));
            var known = pairs.Where(pair => pair.Rank >= 0).ToList();
            if (known.Count == 0)
            {
                return parts;
            }

            var at = known.Min().At;
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
    }
}
