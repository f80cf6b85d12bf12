using Lace.Torch;

namespace Lace.Worker.Models;

/// <summary>How a fresh weight begins.</summary>
internal enum WeightRole
{
    Matrix,

    /// <summary>A matrix whose product is added to the stream of a deep GPT-2: it begins smaller.</summary>
    Residual,
    Bias,
    Scale,
}

/// <summary>Where a decoder's weights come from. It takes each by its name in Hugging Face's files, once, in the order of the layers.</summary>
internal abstract class WeightSource(ModelConfig config)
{
    private readonly List<NamedParameter> taken = [];

    public IReadOnlyList<NamedParameter> Taken => taken;

    protected ModelConfig Config { get; } = config;

    public Embedding Embedding(string name, long rows) => new(Weight(name, WeightRole.Matrix, rows, Config.HiddenSize));

    public Norm Norm(string name, long size, bool hasBias) =>
        new(
            Weight(name, WeightRole.Scale, size),
            hasBias ? Vector(name + ".bias", WeightRole.Bias, size) : null,
            Config.NormEpsilon
        );

    public Linear Linear(string name, long output, long input, bool hasBias) =>
        new(
            name,
            Weight(name, WeightRole.Matrix, output, input),
            hasBias ? Vector(name + ".bias", WeightRole.Bias, output) : null
        );

    /// <summary>GPT-2's layer of the same arithmetic, whose file holds the matrix transposed.</summary>
    public Linear Conv1D(string name, long output, long input)
    {
        var role = name.EndsWith(".c_proj", StringComparison.Ordinal) ? WeightRole.Residual : WeightRole.Matrix;
        var matrix = Keep(
            name + ".weight",
            Take(name + ".weight", role, [input, output], transposed: true),
            transposed: true
        );
        return new(name, matrix, Vector(name + ".bias", WeightRole.Bias, output));
    }

    /// <summary>A tensor that belongs to no scope.</summary>
    /// <param name="shape">As in the file.</param>
    /// <param name="transposed">Give the transpose, in its own memory order.</param>
    protected abstract Tensor Take(string name, WeightRole role, long[] shape, bool transposed);

    private Tensor Weight(string name, WeightRole role, params long[] shape) =>
        Keep(name + ".weight", Take(name + ".weight", role, shape, transposed: false), transposed: false);

    private Tensor Vector(string name, WeightRole role, long size) =>
        Keep(name, Take(name, role, [size], transposed: false), transposed: false);

    private Tensor Keep(string name, Tensor tensor, bool transposed)
    {
        taken.Add(new NamedParameter(name, tensor, transposed));
        return tensor;
    }
}

/// <summary>Random weights as transformers begins with: normal matrices, biases 0, scales 1.</summary>
internal sealed class FreshWeights(ModelConfig config, ScalarType type, Device device, Generator generator)
    : WeightSource(config)
{
    protected override Tensor Take(string name, WeightRole role, long[] shape, bool transposed)
    {
        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        var deviation = Config.InitializerRange / (role == WeightRole.Residual ? Math.Sqrt(2 * Config.Layers) : 1);
        var made = role switch
        {
            WeightRole.Bias => torch.zeros(shape),
            WeightRole.Scale => torch.ones(shape),
            // On the CPU, so that one seed makes one model on every device.
            _ => torch.empty(shape).normal_(0, deviation, generator),
        };
        var kept = transposed ? made.t().contiguous() : made;
        return kept.to(type).to(device).DetachFromDisposeScope();
    }
}
