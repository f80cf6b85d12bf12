using Lace.Worker.Models;

namespace Lace.Worker.Checks;

/// <summary>The shapes that a device is checked and measured on; their weights are random.</summary>
internal static class CheckedModels
{
    /// <summary>Grouped-query attention, RMSNorm, SwiGLU, untied.</summary>
    public static ModelConfig TinyLlama { get; } =
        Llama(vocab: 96, width: 64, inner: 160, layers: 2, heads: 4, groups: 2);

    /// <summary>LayerNorm, learned positions, biases, tied.</summary>
    public static ModelConfig TinyGpt2 { get; } = Gpt2(vocab: 96, width: 64, layers: 2, heads: 4);

    /// <summary>GPT-2 small: 124 million weights.</summary>
    public static ModelConfig Gpt2Small { get; } = Gpt2(vocab: 50_257, width: 768, layers: 12, heads: 12);

    /// <summary>Shaped as Llama 3.2 1B: 1.5 billion weights, as its head is not tied here.</summary>
    public static ModelConfig Llama1B { get; } =
        Llama(vocab: 128_256, width: 2048, inner: 8192, layers: 16, heads: 32, groups: 8);

    private static ModelConfig Llama(int vocab, int width, int inner, int layers, int heads, int groups) =>
        ModelConfig.Parse(
            $$"""
            {
              "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
              "vocab_size": {{vocab}}, "hidden_size": {{width}}, "intermediate_size": {{inner}},
              "num_hidden_layers": {{layers}}, "num_attention_heads": {{heads}}, "num_key_value_heads": {{groups}},
              "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
              "initializer_range": 0.02, "tie_word_embeddings": false
            }
            """
        );

    private static ModelConfig Gpt2(int vocab, int width, int layers, int heads) =>
        ModelConfig.Parse(
            $$"""
            {
              "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "activation_function": "gelu_new",
              "vocab_size": {{vocab}}, "n_embd": {{width}}, "n_layer": {{layers}}, "n_head": {{heads}},
              "n_positions": 1024, "n_ctx": 1024, "layer_norm_epsilon": 1e-5, "initializer_range": 0.02
            }
            """
        );
}
