using Lace.Torch.Interop;

namespace Lace.Torch.optim;

/// <summary>
/// Changes parameters by their gradients. The state is float32 whatever the parameters are; beside bfloat16 ones it holds masters, the
/// weights themselves, of which the parameters are rounded copies.
/// </summary>
/// <exception cref="TorchException">Any member: libtorch refuses.</exception>
public abstract class Optimizer : IDisposable
{
    private readonly Tensor[] parameters;
    private readonly Tensor?[] masters;
    private readonly Tensor steps;
    private readonly List<KeyValuePair<string, Tensor>> named = [];

    private protected Optimizer(IReadOnlyList<Tensor> parameters)
    {
        using var scope = torch.NewDisposeScope();
        this.parameters = [.. parameters];
        masters = new Tensor?[parameters.Count];
        steps = Keep("step", torch.zeros([1], ScalarType.Int64));
        for (var slot = 0; slot < masters.Length; slot++)
        {
            if (parameters[slot].dtype != ScalarType.Float32)
            {
                masters[slot] = Keep($"master.{slot}", parameters[slot].detach().to(ScalarType.Float32));
            }
        }
    }

    /// <summary>
    /// Everything that the next step depends on beside the parameters: the live tensors, by names that do not change. To restore, copy into
    /// them.
    /// </summary>
    public IEnumerable<KeyValuePair<string, Tensor>> state => named;

    private protected IReadOnlyList<Tensor> Parameters => parameters;

    /// <param name="gradients">One a parameter, in its order; they are not changed.</param>
    /// <exception cref="ArgumentException">Their number is another.</exception>
    public void step(IReadOnlyList<Tensor> gradients, OptimizerParameters with)
    {
        ArgumentNullException.ThrowIfNull(with);
        if (gradients.Count != parameters.Length)
        {
            throw new ArgumentException(
                $"{gradients.Count} gradients for {parameters.Length} parameters.",
                nameof(gradients)
            );
        }

        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        steps.add_(1);
        var (count, scale) = (steps.ToInt64(), ScaleOf(gradients, with.GradClipNorm));
        for (var slot = 0; slot < parameters.Length; slot++)
        {
            Step(slot, masters[slot] ?? parameters[slot], gradients[slot], count, scale, with);
            if (masters[slot] is { } master)
            {
                parameters[slot].copy_(master);
            }
        }
    }

    /// <summary>Forgets everything; masters are taken from the parameters again.</summary>
    public void reset()
    {
        using var guard = torch.no_grad();
        foreach (var (_, tensor) in named)
        {
            tensor.zero_();
        }

        for (var slot = 0; slot < masters.Length; slot++)
        {
            masters[slot]?.copy_(parameters[slot]);
        }
    }

    public void Dispose()
    {
        foreach (var (_, tensor) in named)
        {
            tensor.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <param name="weight">float32: the parameter, or its master.</param>
    /// <param name="count">Of steps, this one included.</param>
    /// <param name="scale">What the gradient is multiplied with first.</param>
    private protected abstract void Step(
        int slot,
        Tensor weight,
        Tensor gradient,
        long count,
        double scale,
        OptimizerParameters with
    );

    /// <summary>A tensor of the state, for as long as the optimizer lives.</summary>
    private protected Tensor Keep(string name, Tensor tensor)
    {
        named.Add(new(name, tensor.DetachFromDisposeScope()));
        return tensor;
    }

    /// <summary>One float32 tensor of zeros a parameter, in its shape.</summary>
    private protected Tensor[] KeepZeros(string name)
    {
        using var scope = torch.NewDisposeScope();
        return
        [
            .. parameters.Select(
                (parameter, slot) =>
                    Keep($"{name}.{slot}", torch.zeros(parameter.shape, ScalarType.Float32, parameter.device))
            ),
        ];
    }

    private protected static void Check(int status) => Shim.Check(status);

    private static double ScaleOf(IReadOnlyList<Tensor> gradients, double largest)
    {
        if (largest <= 0)
        {
            return 1;
        }

        var squares = gradients.Sum(gradient => Math.Pow(gradient.to(ScalarType.Float32).norm(2).ToSingle(), 2));
        return Math.Min(1, largest / (Math.Sqrt(squares) + 1e-6));
    }
}
