using Lace.Torch.Interop;

namespace Lace.Torch;

/// <summary>What a loss over many targets becomes. The numbers are libtorch's.</summary>
public enum Reduction
{
    None = 0,
    Mean = 1,
    Sum = 2,
}

public static partial class torch
{
    public static class nn
    {
        /// <summary>The functions of layers.</summary>
        public static class functional
        {
            /// <summary><paramref name="input"/> · <paramref name="weight"/>ᵀ + <paramref name="bias"/></summary>
            public static Tensor linear(Tensor input, Tensor weight, Tensor? bias = null) =>
                Shim.lt_linear(input, weight, bias);

            public static Tensor embedding(Tensor input, Tensor weight) => Shim.lt_embedding(weight, input);

            public static Tensor layer_norm(
                Tensor input,
                ReadOnlySpan<long> normalized_shape,
                Tensor? weight = null,
                Tensor? bias = null,
                double eps = 1e-5
            ) => Shim.lt_layer_norm(input, normalized_shape, normalized_shape.Length, weight, bias, eps);

            /// <summary>input / √(mean(input²) + eps) · weight over the last dimension, in float32 until the weight.</summary>
            public static Tensor rms_norm(Tensor input, Tensor weight, double eps = 1e-6) =>
                Shim.lt_rms_norm(input, weight, eps);

            public static Tensor softmax(Tensor input, long dim) => Shim.lt_softmax(input, dim);

            public static Tensor log_softmax(Tensor input, long dim) => Shim.lt_log_softmax(input, dim);

            public static Tensor relu(Tensor input) => Shim.lt_relu(input);

            public static Tensor silu(Tensor input) => Shim.lt_silu(input);

            /// <param name="tanh">The approximation by a hyperbolic tangent, which GPT-2 was trained with.</param>
            public static Tensor gelu(Tensor input, bool tanh = false) => Shim.lt_gelu(input, tanh ? 1 : 0);

            /// <summary>Draws from the device's default generator.</summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true) =>
                Shim.lt_dropout(input, p, training ? 1 : 0);

            /// <param name="input">Logits, classes in dimension 1.</param>
            /// <param name="target">Class indices.</param>
            /// <param name="weight">One a class.</param>
            /// <param name="ignore_index">Targets that do not count.</param>
            public static Tensor cross_entropy(
                Tensor input,
                Tensor target,
                Tensor? weight = null,
                Reduction reduction = Reduction.Mean,
                long ignore_index = -100
            ) => Shim.lt_cross_entropy(input, target, weight, (long)reduction, ignore_index);

            /// <inheritdoc cref="cross_entropy"/>
            /// <param name="input">Log-probabilities, classes in dimension 1.</param>
            public static Tensor nll_loss(
                Tensor input,
                Tensor target,
                Tensor? weight = null,
                Reduction reduction = Reduction.Mean,
                long ignore_index = -100
            ) => Shim.lt_nll_loss(input, target, weight, (long)reduction, ignore_index);

            /// <param name="attn_mask">True where it may attend, or a float tensor that is added; not with <paramref name="is_causal"/>.</param>
            public static Tensor scaled_dot_product_attention(
                Tensor query,
                Tensor key,
                Tensor value,
                Tensor? attn_mask = null,
                double dropout_p = 0,
                bool is_causal = false
            ) => Shim.lt_scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal ? 1 : 0);
        }
    }
}
