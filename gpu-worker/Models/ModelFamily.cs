namespace Lace.Worker.Models;

/// <summary>The decoders that exist here, by the <c>architectures</c> entry of their <c>config.json</c>.</summary>
public enum ModelFamily
{
    /// <summary><c>LlamaForCausalLM</c></summary>
    Llama,

    /// <summary><c>Qwen2ForCausalLM</c>: a Llama with biases on the query, key and value.</summary>
    Qwen2,

    /// <summary><c>Qwen3ForCausalLM</c>: a Llama that normalises each head's query and key.</summary>
    Qwen3,

    /// <summary><c>GPT2LMHeadModel</c></summary>
    Gpt2,
}

/// <summary>What the feed-forward layers bend with.</summary>
public enum Activation
{
    Silu,

    /// <summary>By the error function.</summary>
    Gelu,

    /// <summary>By a hyperbolic tangent: <c>gelu_new</c>, <c>gelu_pytorch_tanh</c>.</summary>
    GeluTanh,

    Relu,
}
