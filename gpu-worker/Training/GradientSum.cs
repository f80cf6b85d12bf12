using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Worker.Training;

/// <summary>
/// What the micro-batches of a logical step add up to, in float32, one tensor a trainable parameter. Two kinds: of whole gradients, and
/// of clipped ones under privacy.
/// </summary>
internal abstract class GradientSum : IDisposable
{
    /// <summary>Keeps each example's part apart; null where gradients are summed as they are.</summary>
    public abstract GradientBook? Book { get; }

    /// <summary>Examples in the sum. Not public under privacy.</summary>
    public long Examples { get; set; }

    /// <summary>Forward passes since the last step, of which each has its own dropout.</summary>
    public long Passes { get; set; }

    /// <summary>Before the forward pass of a micro-batch.</summary>
    public abstract void Begin(int examples);

    /// <summary>Adds the gradient of a micro-batch's loss: the sum, not the mean, of its examples' own losses.</summary>
    public void Add(Tensor loss, int examples)
    {
        AddGradient(loss);
        Examples += examples;
    }

    /// <summary>One a parameter, of the sum as it is.</summary>
    public abstract IReadOnlyList<Tensor> Sums { get; }

    /// <summary>As if nothing had been added.</summary>
    public void Clear()
    {
        ClearSums();
        (Examples, Passes) = (0, 0);
    }

    public abstract void Dispose();

    protected abstract void AddGradient(Tensor loss);

    protected abstract void ClearSums();
}

/// <summary>Sums of whole gradients, by autograd.</summary>
internal sealed class PlainSum : GradientSum
{
    private readonly IReadOnlyList<Tensor> parameters;
    private readonly Tensor[] sums;

    public PlainSum(IReadOnlyList<Tensor> parameters)
    {
        this.parameters = parameters;
        using var scope = NewDisposeScope();
        sums = [.. parameters.Select(parameter => Zeros(parameter).DetachFromDisposeScope())];
        foreach (var parameter in parameters)
        {
            parameter.requires_grad = true;
        }
    }

    public override GradientBook? Book => null;

    public override IReadOnlyList<Tensor> Sums => sums;

    public override void Begin(int examples) { }

    public override void Dispose()
    {
        foreach (var sum in sums)
        {
            sum.Dispose();
        }
    }

    // .grad is added up in the parameter's own type, which may be bfloat16: so it is taken after each backward pass, and never
    // left for the next one to add to.
    protected override void AddGradient(Tensor loss)
    {
        loss.backward();
        using var guard = no_grad();
        for (var slot = 0; slot < sums.Length; slot++)
        {
            if (parameters[slot].grad is { } gradient)
            {
                sums[slot].add_(gradient);
                parameters[slot].grad = null;
            }
        }
    }

    protected override void ClearSums()
    {
        foreach (var sum in sums)
        {
            sum.zero_();
        }
    }

    private static Tensor Zeros(Tensor parameter) => zeros(parameter.shape, ScalarType.Float32, parameter.device);
}

/// <summary>Sums of gradients of which each record's was clipped by itself, in the one backward pass (dp.md §2.2).</summary>
internal sealed class ClippedSum : GradientSum
{
    private readonly GradientBook book;
    private readonly Clipping clipping;

    public ClippedSum(IReadOnlyList<Tensor> parameters, Clipping clipping)
    {
        this.clipping = clipping;
        foreach (var parameter in parameters)
        {
            parameter.requires_grad = false;
        }

        book = new GradientBook(parameters);
    }

    public override GradientBook? Book => book;

    public override IReadOnlyList<Tensor> Sums => book.sums;

    public override void Begin(int examples) => book.begin(examples);

    public override void Dispose() => book.Dispose();

    // How many were clipped or masked is a statistic of single records: it stays here.
    protected override void AddGradient(Tensor loss)
    {
        loss.backward();
        book.finish(clipping);
    }

    protected override void ClearSums() => book.zero_sums();
}
