using System.Text.Json.Nodes;
using Lace.Worker.Models;

namespace Lace.SystemTests.Models;

public sealed class ModelConfigTests
{
    [Theory]
    [InlineData("llama", "rope_scaling", """{"rope_type": "yarn", "factor": 4.0}""", "yarn")]
    [InlineData("llama", "rope_scaling", """{"type": "dynamic", "factor": 4.0}""", "dynamic")]
    [InlineData(
        "llama",
        "rope_scaling",
        """{"rope_type": "linear", "factor": 4.0, "attention_factor": 2}""",
        "attention_factor"
    )]
    [InlineData("llama", "rope_scaling", """{"rope_type": "llama3", "factor": 4.0}""", "low_freq_factor")]
    [InlineData("llama", "rope_scaling", """{"rope_type": "linear", "factor": -1}""", "factor")]
    [InlineData("llama", "sliding_window", "4096", "sliding_window")]
    [InlineData("qwen2", "use_sliding_window", "true", "use_sliding_window")]
    [InlineData("qwen3", "layer_types", """["full_attention", "sliding_attention"]""", "sliding_attention")]
    [InlineData("llama", "partial_rotary_factor", "0.5", "partial_rotary_factor")]
    [InlineData("llama", "pretraining_tp", "2", "pretraining_tp")]
    [InlineData("llama", "quantization_config", """{"quant_method": "gptq"}""", "quantization_config")]
    [InlineData("llama", "num_experts", "8", "num_experts")]
    [InlineData("llama", "logit_scale", "0.1", "logit_scale")]
    [InlineData("qwen2", "mlp_bias", "true", "mlp_bias")]
    [InlineData("gpt2", "scale_attn_weights", "false", "scale_attn_weights")]
    [InlineData("gpt2", "scale_attn_by_inverse_layer_idx", "true", "scale_attn_by_inverse_layer_idx")]
    [InlineData("gpt2", "reorder_and_upcast_attn", "true", "reorder_and_upcast_attn")]
    [InlineData("gpt2", "add_cross_attention", "true", "add_cross_attention")]
    [InlineData("gpt2", "activation_function", "\"mish\"", "mish")]
    [InlineData("gpt2", "rope_theta", "10000.0", "rope_theta")]
    [InlineData("llama", "architectures", """["MistralForCausalLM"]""", "MistralForCausalLM")]
    [InlineData("llama", "architectures", "null", "missing")]
    [InlineData("llama", "hidden_size", "33", "multiple")]
    [InlineData("llama", "hidden_size", "\"32\"", "hidden_size")]
    [InlineData("llama", "hidden_size", "0", "hidden_size")]
    [InlineData("llama", "vocab_size", "null", "vocab_size is missing")]
    [InlineData("llama", "head_dim", "7", "odd")]
    [InlineData("llama", "num_key_value_heads", "3", "num_key_value_heads")]
    [InlineData("llama", "tie_word_embeddings", "1", "tie_word_embeddings")]
    [InlineData("llama", "rope_theta", "0", "rope_theta")]
    public void Refuses_by_name_what_would_compute_something_else(
        string model,
        string option,
        string value,
        string named
    )
    {
        var source = Small.Source(model);
        source[option] = JsonNode.Parse(value);
        var refusal = Assert.Throws<ModelException>(() => ModelConfig.Parse(source.ToJsonString()));
        Assert.StartsWith("config.json: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"architectures": ["LlamaForCausalLM"], "architectures": ["GPT2LMHeadModel"]}""")]
    public void Refuses_what_is_no_config(string json) => Assert.Throws<ModelException>(() => ModelConfig.Parse(json));

    [Fact]
    public void Reads_the_published_file_of_Llama_3()
    {
        var config = ModelConfig.Parse(
            """
            { "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000,
              "eos_token_id": [128001, 128008, 128009], "head_dim": 64, "hidden_act": "silu", "hidden_size": 2048,
              "initializer_range": 0.02, "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false,
              "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8,
              "pretraining_tp": 1, "rms_norm_eps": 1e-05,
              "rope_scaling": { "factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
                "original_max_position_embeddings": 8192, "rope_type": "llama3" },
              "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
              "transformers_version": "4.45.0.dev0", "use_cache": true, "vocab_size": 128256 }
            """
        );
        Assert.Equal(
            (ModelFamily.Llama, 64, 8, true),
            (config.Family, config.HeadSize, config.KeyValueHeads, config.TieWordEmbeddings)
        );
        Assert.Equal(new RotarySettings(500_000, new Llama3Scaling(32, 1, 4, 8192)), config.Rotary);
        Assert.Equal([128001, 128008, 128009], config.EosTokenIds);
    }

    [Fact]
    public void Reads_the_published_file_of_SmolLM2()
    {
        var config = ModelConfig.Parse(
            """
            { "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 0, "eos_token_id": 0,
              "hidden_act": "silu", "hidden_size": 576, "initializer_range": 0.041666666666666664, "intermediate_size": 1536,
              "is_llama_config": true, "max_position_embeddings": 8192, "model_type": "llama", "num_attention_heads": 9,
              "num_hidden_layers": 30, "num_key_value_heads": 3, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_interleaved": false,
              "rope_scaling": null, "rope_theta": 100000, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
              "transformers_version": "4.40.1", "use_cache": true, "vocab_size": 49152, "something_unset": null }
            """
        );
        Assert.Equal((64, 3, 100_000), (config.HeadSize, config.KeyValueHeads, config.Rotary!.Base));
    }

    [Fact]
    public void Reads_the_published_file_of_GPT_2()
    {
        var config = ModelConfig.Parse(
            """
            { "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "bos_token_id": 50256,
              "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02, "layer_norm_epsilon": 1e-05, "model_type": "gpt2",
              "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024, "resid_pdrop": 0.1,
              "summary_activation": null, "summary_first_dropout": 0.1, "summary_proj_to_labels": true, "summary_type": "cls_index",
              "summary_use_proj": true, "task_specific_params": { "text-generation": { "do_sample": true, "max_length": 50 } },
              "vocab_size": 50257 }
            """
        );
        Assert.Equal(
            (ModelFamily.Gpt2, 64, 3072, true),
            (config.Family, config.HeadSize, config.IntermediateSize, config.TieWordEmbeddings)
        );
        Assert.Equal((Activation.GeluTanh, 50256), (config.Activation, config.EosTokenIds.Single()));
        Assert.Null(config.Rotary);
    }
}
