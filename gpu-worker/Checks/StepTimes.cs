using System.Diagnostics;
using Lace.Torch;
using Lace.Worker.Models;
using static Lace.Torch.torch;

namespace Lace.Worker.Checks;

/// <summary>What a private step costs beside a plain one: both in turn, round by round, the ratio taken within a round.</summary>
internal static class StepTimes
{
    private const int WarmUp = 3;

    private static readonly LoraSettings Gpt2Lora = new(16, 32, ["c_attn", "c_proj", "c_fc"]);
    private static readonly LoraSettings LlamaLora = new(
        16,
        32,
        ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    );

    public static IReadOnlyList<CheckedShape> Full { get; } =
    [
        new("GPT-2 small, LoRA r=16, float32", CheckedModels.Gpt2Small, Gpt2Lora, ScalarType.Float32, 16, 256),
        new("GPT-2 small, full, float32", CheckedModels.Gpt2Small, null, ScalarType.Float32, 16, 256),
        new("GPT-2 small, LoRA r=16, bfloat16", CheckedModels.Gpt2Small, Gpt2Lora, ScalarType.BFloat16, 16, 256),
        new("Llama 1B, LoRA r=16, bfloat16", CheckedModels.Llama1B, LlamaLora, ScalarType.BFloat16, 8, 512),
        new("Llama 1B, full, bfloat16", CheckedModels.Llama1B, null, ScalarType.BFloat16, 8, 512),
    ];

    /// <summary>For a machine without a card, in seconds.</summary>
    public static IReadOnlyList<CheckedShape> Quick { get; } =
    [
        new("tiny GPT-2, LoRA r=16, float32", CheckedModels.TinyGpt2, Gpt2Lora, ScalarType.Float32, 8, 64),
        new("tiny Llama, full, bfloat16", CheckedModels.TinyLlama, null, ScalarType.BFloat16, 8, 64),
    ];

    /// <summary>Memory is that of a process whose first shape this is; null members where there is no card.</summary>
    public static StepTime Measure(CheckedShape shape, Device device, int rounds)
    {
        using var scope = NewDisposeScope();
        var free = CudaMemory.FreeBytes(device);
        var plainBytes = free - FreeAfterSteps(shape, device, isPrivate: false);
        var privateBytes = free - FreeAfterSteps(shape, device, isPrivate: true);

        using var plain = new CheckedTraining(shape, device, isPrivate: false);
        using var privately = new CheckedTraining(shape, device, isPrivate: true);
        Repeat(plain, device, WarmUp);
        Repeat(privately, device, WarmUp);
        var times = new (double Plain, double Private)[rounds];
        for (var round = 0; round < rounds; round++)
        {
            times[round] = (Repeat(plain, device, 1), Repeat(privately, device, 1));
        }

        return new StepTime(
            shape.Name,
            Median(times.Select(time => time.Plain)),
            Median(times.Select(time => time.Private)),
            Median(times.Select(time => time.Private / time.Plain)),
            shape.Examples * shape.Tokens,
            plainBytes,
            privateBytes
        );
    }

    // libtorch keeps what it once had from the card: after steps of one training, that is its peak.
    private static long? FreeAfterSteps(CheckedShape shape, Device device, bool isPrivate)
    {
        if (device.Type == DeviceType.CPU)
        {
            return null;
        }

        using var training = new CheckedTraining(shape, device, isPrivate);
        Repeat(training, device, WarmUp);
        return CudaMemory.FreeBytes(device);
    }

    private static double Repeat(CheckedTraining training, Device device, int steps)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var step = 0; step < steps; step++)
        {
            training.Step();
        }

        if (device.Type == DeviceType.CUDA)
        {
            cuda.synchronize(device.Index);
        }

        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <param name="PlainMilliseconds">Median of the rounds, as the private one's.</param>
/// <param name="Ratio">Median of the ratios within a round.</param>
/// <param name="Tokens">Of a step.</param>
/// <param name="PlainBytes">Most that model, optimizer and steps took from the card.</param>
/// <param name="PrivateBytes">The same; not below the plain one's, whose memory it goes on with.</param>
internal sealed record StepTime(
    string Name,
    double PlainMilliseconds,
    double PrivateMilliseconds,
    double Ratio,
    int Tokens,
    long? PlainBytes,
    long? PrivateBytes
);
