using Lace.Torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.Worker.Models;

/// <summary>What accompanies one forward pass: the book of gradients by example, where there is one, and the source of dropout.</summary>
internal readonly record struct Pass(GradientBook? Book, Generator? Dropout);

/// <summary>y = x Wᵀ + b, and with an adapter + scaling · (x Aᵀ) Bᵀ.</summary>
internal sealed class Linear(string name, Tensor weight, Tensor? bias)
{
    /// <summary>As the modules of Hugging Face's model are called: without <c>.weight</c>.</summary>
    public string Name { get; } = name;

    public Tensor Weight { get; } = weight;

    public LowRank? Adapter { get; set; }

    /// <summary>Its own weights are not trained: with a book it needs no entry there.</summary>
    public bool IsFrozen { get; set; }

    public Tensor Forward(Tensor x, Pass pass)
    {
        if (Adapter is { } adapter)
        {
            return adapter.Forward(x, Weight, bias, pass);
        }

        return pass.Book is { } book && !IsFrozen ? book.linear(x, Weight, bias) : F.linear(x, Weight, bias);
    }
}

/// <summary>LoRA's two matrices beside a frozen one.</summary>
internal sealed class LowRank(Tensor a, Tensor b, double scaling, double dropout)
{
    public Tensor A { get; } = a;

    public Tensor B { get; } = b;

    public Tensor Forward(Tensor x, Tensor weight, Tensor? bias, Pass pass)
    {
        var dropped = pass.Dropout is { } generator && dropout > 0 ? Dropout(x, generator) : x;
        return pass.Book is { } book
            ? book.lora(x, dropped, weight, bias, A, B, scaling)
            : F.linear(x, weight, bias) + F.linear(F.linear(dropped, A), B) * scaling;
    }

    /// <summary>By a generator of the caller, so that a step can be repeated.</summary>
    private Tensor Dropout(Tensor x, Generator generator)
    {
        using var scope = torch.NewDisposeScope();
        var kept = torch.empty(x.shape, x.dtype, x.device).bernoulli_(1 - dropout, generator);
        return (x * kept.mul_(1 / (1 - dropout))).MoveToOuterDisposeScope();
    }
}

/// <summary>One vector for each token or position.</summary>
internal sealed class Embedding(Tensor weight)
{
    public Tensor Weight { get; } = weight;

    public bool IsFrozen { get; set; }

    public Tensor Forward(Tensor ids, Pass pass) =>
        pass.Book is { } book && !IsFrozen ? book.embedding(Weight, ids) : F.embedding(ids, Weight);
}

/// <summary>LayerNorm, or RMSNorm where it has no bias.</summary>
internal sealed class Norm(Tensor weight, Tensor? bias, double epsilon)
{
    public bool IsFrozen { get; set; }

    public Tensor Forward(Tensor x, Pass pass)
    {
        var book = IsFrozen ? null : pass.Book;
        if (bias is not null)
        {
            return book?.layer_norm(x, weight, bias, epsilon) ?? F.layer_norm(x, weight.shape, weight, bias, epsilon);
        }

        return book?.rms_norm(x, weight, epsilon) ?? F.rms_norm(x, weight, epsilon);
    }
}
