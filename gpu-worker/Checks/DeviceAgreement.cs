using Lace.Torch;
using Lace.Worker.Models;
using static Lace.Torch.torch;

namespace Lace.Worker.Checks;

/// <summary>Whether a device computes what the CPU does, on small models in float32.</summary>
internal static class DeviceAgreement
{
    /// <summary>Relative, in the 2-norm. Products are summed in another order there; TF32 would show as 1e-3.</summary>
    private const double Tolerance = 1e-4;

    private static readonly LoraSettings LlamaLora = new(
        4,
        8,
        ["q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
    );
    private static readonly LoraSettings Gpt2Lora = new(4, 8, ["c_attn", "c_proj", "c_fc"]);

    private static readonly CheckedShape[] Shapes =
    [
        new("Llama, full", CheckedModels.TinyLlama, null, ScalarType.Float32, 8, 48),
        new("Llama, LoRA", CheckedModels.TinyLlama, LlamaLora, ScalarType.Float32, 8, 48),
        new("GPT-2, full, tied", CheckedModels.TinyGpt2, null, ScalarType.Float32, 8, 48),
        new("GPT-2, LoRA", CheckedModels.TinyGpt2, Gpt2Lora, ScalarType.Float32, 8, 48),
    ];

    public static IEnumerable<Agreement> Compare(Device device)
    {
        foreach (var shape in Shapes)
        {
            foreach (var isPrivate in new[] { false, true })
            {
                using var scope = NewDisposeScope();
                using var here = new CheckedTraining(shape, CPU, isPrivate);
                using var there = new CheckedTraining(shape, device, isPrivate);
                var name = $"{shape.Name}, {(isPrivate ? "private" : "plain")}";
                yield return Of($"{name}: log-probabilities", here.Logprobs(), there.Logprobs());

                here.Accumulate();
                there.Accumulate();
                yield return Of($"{name}: {(isPrivate ? "clipped sum" : "gradient")}", Sums(here), Sums(there));

                here.Session.OptimStep();
                there.Session.OptimStep();
                yield return Of($"{name}: weights after the step", Weights(here), Weights(there));
            }
        }
    }

    internal static Agreement Of(string name, float[] here, float[] there)
    {
        if (here.Length != there.Length)
        {
            return new Agreement(name, double.PositiveInfinity, Holds: false);
        }

        double difference = 0,
            length = 0;
        for (var i = 0; i < here.Length; i++)
        {
            difference += Math.Pow(here[i] - there[i], 2);
            length += Math.Pow(here[i], 2);
        }

        var relative = Math.Sqrt(difference / length);
        // Not a number where both are zero: nothing was computed.
        return new Agreement(name, relative, relative <= Tolerance);
    }

    private static float[] Sums(CheckedTraining training) => Flat(training.Session.Accumulated.Sums);

    private static float[] Weights(CheckedTraining training) =>
        Flat(training.Model.Trainable.Select(parameter => parameter.Tensor));

    private static float[] Flat(IEnumerable<Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        return [.. tensors.SelectMany(tensor => tensor.detach().to(CPU).contiguous().data<float>().ToArray())];
    }
}

/// <param name="Difference">Relative, in the 2-norm.</param>
internal sealed record Agreement(string Name, double Difference, bool Holds);
