using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.Worker.Models;

/// <summary>
/// The members of a <c>config.json</c>, each taken once. What is left at the end must be of the kinds that change nothing:
/// everything else is refused by name.
/// </summary>
internal sealed class ConfigReader
{
    /// <summary>Describes the file, the tokenizer, generation or training: no part of the computation from tokens to logits.</summary>
    private static readonly HashSet<string> ChangesNothing =
    [
        .. new[]
        {
            "_name_or_path",
            "_commit_hash",
            "_attn_implementation",
            "attn_implementation",
            "_attn_implementation_autoset",
        },
        .. new[]
        {
            "model_type",
            "transformers_version",
            "torch_dtype",
            "dtype",
            "torchscript",
            "use_bfloat16",
            "id2label",
            "label2id",
        },
        .. new[]
        {
            "use_cache",
            "return_dict",
            "output_attentions",
            "output_hidden_states",
            "chunk_size_feed_forward",
            "auto_map",
        },
        .. new[]
        {
            "pad_token_id",
            "sep_token_id",
            "unk_token_id",
            "decoder_start_token_id",
            "tokenizer_class",
            "prefix",
            "problem_type",
        },
        .. new[]
        {
            "task_specific_params",
            "finetuning_task",
            "num_labels",
            "tf_legacy_loss",
            "gradient_checkpointing",
        },
        .. new[]
        {
            "do_sample",
            "temperature",
            "top_k",
            "top_p",
            "max_length",
            "min_length",
            "num_beams",
            "num_return_sequences",
        },
        .. new[]
        {
            "repetition_penalty",
            "no_repeat_ngram_size",
            "length_penalty",
            "early_stopping",
            "bad_words_ids",
            "typical_p",
        },
        .. new[]
        {
            "num_beam_groups",
            "diversity_penalty",
            "encoder_no_repeat_ngram_size",
            "output_scores",
            "suppress_tokens",
        },
        .. new[] { "begin_suppress_tokens", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values" },
        .. new[] { "exponential_decay_length_penalty", "return_dict_in_generate", "unsloth_fixed", "unsloth_version" },
        .. new[] { "tie_encoder_decoder", "is_llama_config", "transformers.js_config" },
    ];

    private readonly JsonObject members;
    private readonly HashSet<string> taken = ["architectures"];

    private ConfigReader(JsonObject members)
    {
        this.members = members;
    }

    public JsonObject Source => members;

    public static ModelConfig Parse(string json)
    {
        var given = Members(json);
        var reader = new ConfigReader(given);
        var architecture = given["architectures"] is JsonArray { Count: 1 } list ? list[0]?.ToString() : null;
        reader.Refuse("quantization_config", "weights that are quantized");
        reader.Refuse("is_encoder_decoder", "an encoder");
        reader.Refuse("is_decoder", "an encoder", allowed: true);
        reader.Refuse("add_cross_attention", "cross attention");
        reader.Refuse("cross_attention_hidden_size", "cross attention");
        reader.Refuse("pruned_heads", "removed heads");
        var config = architecture switch
        {
            "LlamaForCausalLM" => LlamaConfig.Read(reader, ModelFamily.Llama),
            "Qwen2ForCausalLM" => LlamaConfig.Read(reader, ModelFamily.Qwen2),
            "Qwen3ForCausalLM" => LlamaConfig.Read(reader, ModelFamily.Qwen3),
            "GPT2LMHeadModel" => Gpt2Config.Read(reader),
            _ => throw Wrong(
                $"architectures is {given["architectures"]?.ToJsonString() ?? "missing"}; supported is one of "
                    + "LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, GPT2LMHeadModel"
            ),
        };
        return reader.Finish(config);
    }

    public int Whole(string name, int? otherwise = null)
    {
        var value = Take(name) is { } node
            ? node is JsonValue number && number.TryGetValue<int>(out var whole)
                ? whole
                : throw Wrong($"{name} is no whole number")
            : otherwise ?? throw Wrong($"{name} is missing");
        return value is > 0 and <= 1 << 28 ? value : throw Wrong($"{name} is {value}");
    }

    public double Real(string name, double? otherwise = null)
    {
        var value = Take(name) is { } node
            ? node is JsonValue number && number.TryGetValue<double>(out var real)
                ? real
                : throw Wrong($"{name} is no number")
            : otherwise ?? throw Wrong($"{name} is missing");
        return double.IsFinite(value) ? value : throw Wrong($"{name} is {value}");
    }

    public bool Flag(string name, bool otherwise) =>
        Take(name) is { } node
            ? node is JsonValue flag && flag.TryGetValue<bool>(out var value)
                ? value
                : throw Wrong($"{name} is not true or false")
            : otherwise;

    public string Text(string name, string otherwise) =>
        Take(name) is { } node
            ? node is JsonValue text && text.TryGetValue<string>(out var value)
                ? value
                : throw Wrong($"{name} is no text")
            : otherwise;

    /// <summary>One token, several or none.</summary>
    public IReadOnlyList<int> Tokens(string name)
    {
        var node = Take(name);
        JsonNode?[] nodes =
            node is JsonArray list ? [.. list]
            : node is null ? []
            : [node];
        return
        [
            .. nodes.Select(token =>
                token is JsonValue value && value.TryGetValue<int>(out var id) && id >= 0
                    ? id
                    : throw Wrong($"{name} is no token")
            ),
        ];
    }

    public JsonObject? Object(string name) =>
        Take(name) is { } node ? node as JsonObject ?? throw Wrong($"{name} is no object") : null;

    public JsonArray? List(string name) =>
        Take(name) is { } node ? node as JsonArray ?? throw Wrong($"{name} is no list") : null;

    /// <summary>Marks members that are read by nobody for a reason that the caller's comment gives.</summary>
    public void Skip(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            taken.Add(name);
        }
    }

    /// <summary>Only missing, null, false, an empty object or the allowed value will do.</summary>
    public void Refuse(string name, string meaning, JsonNode? allowed = null)
    {
        var given = Take(name);
        var off = given switch
        {
            null => true,
            JsonObject inner => inner.Count == 0,
            _ => given.GetValueKind() == JsonValueKind.False,
        };
        if (!off && !JsonNode.DeepEquals(given, allowed))
        {
            throw Wrong($"{name} = {given!.ToJsonString()} ({meaning}) is not supported");
        }
    }

    public static ModelException Wrong(string message) => new($"config.json: {message}.");

    private ModelConfig Finish(ModelConfig config)
    {
        var unknown = members
            .Where(member => member.Value is not null) // null is as if it were not there
            .Select(member => member.Key)
            .Where(name => !taken.Contains(name) && !ChangesNothing.Contains(name));
        if (unknown.FirstOrDefault() is { } name)
        {
            throw Wrong($"the option {name} is not known here and may change what the model computes");
        }

        if (config.Heads % config.KeyValueHeads != 0)
        {
            throw Wrong(
                $"num_attention_heads {config.Heads} is no multiple of num_key_value_heads {config.KeyValueHeads}"
            );
        }

        return config;
    }

    private JsonNode? Take(string name)
    {
        taken.Add(name);
        return members[name];
    }

    private static JsonObject Members(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new() { AllowDuplicateProperties = false, MaxDepth = 16 })
                    as JsonObject
                ?? throw Wrong("it is no JSON object");
        }
        catch (JsonException e)
        {
            throw new ModelException($"config.json: {e.Message}", e);
        }
    }
}
