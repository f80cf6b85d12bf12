using System.Text.Json.Nodes;
using Lace.Worker.Models;

namespace Lace.SystemTests.Models;

/// <summary>Configurations of small models: every family, and every option that is supported, in at least one of them.</summary>
internal static class Small
{
    public const int Vocabulary = 61;

    private static readonly Dictionary<string, string> Json = new()
    {
        ["llama"] = Llama("LlamaForCausalLM", """ "num_key_value_heads": 2, "rope_theta": 500000.0 """),
        ["llama3"] = Llama(
            "LlamaForCausalLM",
            """
            "num_key_value_heads": 1, "head_dim": 16, "attention_bias": true, "mlp_bias": true, "rms_norm_eps": 1e-05,
            "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                             "original_max_position_embeddings": 16}
            """
        ),
        ["llama stretched"] = Llama(
            "LlamaForCausalLM",
            """ "hidden_act": "gelu", "tie_word_embeddings": true, "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1000.0} """
        ),
        ["qwen2"] = Llama(
            "Qwen2ForCausalLM",
            """
            "num_key_value_heads": 2, "tie_word_embeddings": true, "use_sliding_window": false, "sliding_window": 32768,
            "max_window_layers": 28, "rope_theta": 1000000.0, "rms_norm_eps": 1e-06
            """
        ),
        ["qwen3"] = Llama(
            "Qwen3ForCausalLM",
            """ "num_key_value_heads": 2, "head_dim": 16, "attention_bias": false, "rope_scaling": null, "layer_types": ["full_attention", "full_attention"] """
        ),
        ["gpt2"] = Gpt2(
            """ "activation_function": "gelu_new", "resid_pdrop": 0.1, "bos_token_id": 60, "eos_token_id": 60 """
        ),
        ["gpt2 exact"] = Gpt2(""" "activation_function": "gelu", "n_inner": 40, "layer_norm_epsilon": 1e-03 """),
    };

    public static IEnumerable<string> Names => Json.Keys;

    public static JsonObject Source(string name) => JsonNode.Parse(Json[name])!.AsObject();

    public static ModelConfig Config(string name) => ModelConfig.Parse(Json[name]);

    /// <summary>Fixed tokens, other ones in each row.</summary>
    public static long[][] Tokens(int rows, int length) =>
        [
            .. Enumerable
                .Range(0, rows)
                .Select(row =>
                    Enumerable.Range(0, length).Select(i => (7L * i * i + 13 * i + 29 * row + 3) % Vocabulary).ToArray()
                ),
        ];

    private static string Llama(string architecture, string options) =>
        $$"""
            { "architectures": ["{{architecture}}"], "vocab_size": {{Vocabulary}}, "hidden_size": 32, "intermediate_size": 48,
              "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 64, "initializer_range": 0.2,
              "torch_dtype": "float32", {{options}} }
            """;

    private static string Gpt2(string options) =>
        $$"""
            { "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "vocab_size": {{Vocabulary}}, "n_embd": 32, "n_layer": 2, "n_head": 4,
              "n_positions": 64, "initializer_range": 0.2, {{options}} }
            """;
}
