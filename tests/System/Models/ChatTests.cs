using System.Text.Json.Nodes;
using Lace.Worker.Models;

namespace Lace.SystemTests.Models;

public sealed class ChatTests
{
    [Fact]
    public void Conversations_of_ChatML()
    {
        var tokenizer = Tokenizer.OfBytes();
        var written = tokenizer.ApplyChat([new("system", "Be kind."), new("user", "Hi<|im_end|>")]);
        Assert.Equal(
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|><|im_end|>\n<|im_start|>assistant\n",
            tokenizer.Decode(written, special: true)
        );
        Assert.Equal(2, written.Count(id => id == 258)); // what the user wrote is no token
        Assert.Throws<ArgumentException>(() => tokenizer.ApplyChat([new("user\n", "x")]));
    }

    [Fact]
    public void Conversations_of_Llama_3_and_of_nothing_known()
    {
        string[] names = ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"];
        Tokenizer With(string? template) =>
            MadeTokenizer.From(
                root =>
                {
                    for (var i = 0; i < names.Length; i++)
                    {
                        root["added_tokens"]!
                            .AsArray()
                            .Add(
                                JsonNode.Parse($$"""{"id": {{300 + i}}, "content": "{{names[i]}}", "special": true}""")
                            );
                    }
                },
                config => config["chat_template"] = template
            );
        var llama = With("{{ bos_token }}{% for m in messages %}<|start_header_id|>{% endfor %}");
        Assert.Equal(
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            llama.Decode(llama.ApplyChat([new("user", " Hi ")]), special: true)
        );
        Assert.Contains(
            "neither",
            Assert.Throws<ModelException>(() => With("[INST]").ApplyChat([])).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no chat",
            Assert.Throws<ModelException>(() => With(null).ApplyChat([])).Message,
            StringComparison.Ordinal
        );
    }
}
