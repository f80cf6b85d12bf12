using Lace.Torch;
using Lace.Worker.Models;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Models;

internal static class Lora
{
    /// <summary>On every layer that can have one.</summary>
    public static LoraSettings On(ModelConfig config, double dropout = 0, bool useRsLora = false) =>
        new(
            Rank: 3,
            Alpha: 6,
            config.Family == ModelFamily.Gpt2
                ? ["c_attn", "c_proj", "c_fc"]
                : ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
            dropout,
            useRsLora
        );

    /// <summary>As if it had been trained: an adapter begins with nothing to see of it.</summary>
    public static void Disturb(CausalModel model, long seed = 2)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var generator = new Generator(seed);
        foreach (var parameter in model.Trainable)
        {
            parameter.Tensor.add_(randn(parameter.Tensor.shape, generator: generator).to(parameter.Tensor.dtype), 0.1);
        }
    }
}
