using System.Text.Json.Nodes;

namespace Lace.Worker.Models;

/// <summary>The files of <see cref="Tokenizer.OfBytes"/>: 256 bytes, the end of a text, and ChatML's two tokens.</summary>
internal static class ByteTokenizer
{
    private const string EndOfText = "<|endoftext|>";
    private const string Template =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    public static string Json()
    {
        var vocabulary = new JsonObject();
        for (var i = 0; i < 256; i++)
        {
            vocabulary[ByteAlphabet.CharOf((byte)i).ToString()] = i;
        }

        string[] special = [EndOfText, "<|im_start|>", "<|im_end|>"];
        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. special.Select((content, i) => Added(content, 256 + i))]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(),
            ["post_processor"] = null,
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray(),
            },
        };
        return file.ToJsonString() + "\n";
    }

    public static JsonObject Config() =>
        new()
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["eos_token"] = EndOfText,
            ["pad_token"] = EndOfText,
            ["chat_template"] = Template,
        };

    private static JsonObject Added(string content, int id) =>
        new()
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        };

    private static JsonObject ByteLevel() =>
        new()
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = false,
            ["trim_offsets"] = true,
            ["use_regex"] = true,
        };
}
