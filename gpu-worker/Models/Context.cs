using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Worker.Models;

/// <summary>What all layers of one pass share: where the tokens stand, and what each may look at.</summary>
internal sealed class Context
{
    private readonly (Tensor Cos, Tensor Sin)? angles;

    private Context(Tensor positions, (Tensor Cos, Tensor Sin)? angles)
    {
        Positions = positions;
        this.angles = angles;
    }

    /// <summary>[B,T], or [1,T] where all rows have the same.</summary>
    public Tensor Positions { get; }

    /// <summary>True where a token may look, [B,1,T,S]; null: everywhere, or at <see cref="IsCausal"/> what is before it.</summary>
    public Tensor? Allowed { get; private init; }

    public bool IsCausal { get; private init; }

    public KeyValueCache? Cache { get; private init; }

    /// <summary>Of whole texts.</summary>
    /// <param name="mask">[B,T], zero or false where there is padding; null where there is none to the left of a token.</param>
    public static Context Whole(long length, Tensor? mask, RotaryTable? rotary, Device device)
    {
        if (mask is null)
        {
            var positions = arange(length, device: device).unsqueeze(0); // [1,T]
            return new(positions, rotary?.At(positions, length)) { IsCausal = length > 1 };
        }

        var real = mask.ne(0); // [B,T]
        var counted = real.to(ScalarType.Int64).cumsum(1).add(-1).clamp_min(0); // [B,T]
        var before = tril(full([length, length], 1, ScalarType.Bool, device)); // [T,T]
        // A row of padding looks at itself: looking at nothing would make it NaN, and its gradients those of all.
        var allowed = before.logical_and(real.unsqueeze(1).unsqueeze(2)).logical_or(Diagonal(length, device)); // [B,1,T,T]
        return new(counted, rotary?.At(counted, length)) { Allowed = allowed };
    }

    /// <summary>Of tokens that follow those in a cache.</summary>
    public static Context After(KeyValueCache cache, long length, RotaryTable? rotary, Device device)
    {
        var seen = cache.Length;
        var positions = arange(seen, seen + length, 1, device: device).unsqueeze(0); // [1,T]
        var allowed =
            seen > 0 && length > 1
                ? tril(full([length, seen + length], 1, ScalarType.Bool, device), seen) // [T,S]
                : null;
        return new(positions, rotary?.At(positions, seen + length))
        {
            Allowed = allowed,
            IsCausal = seen == 0 && length > 1,
            Cache = cache,
        };
    }

    /// <summary>Turns each pair (i, i + E/2) of a head's elements by the angle of its token: [B,H,T,E].</summary>
    public Tensor Rotate(Tensor x)
    {
        if (angles is not var (cos, sin))
        {
            return x;
        }

        using var scope = NewDisposeScope();
        var half = x.size(-1) / 2;
        var (a, b) = (x.narrow(-1, 0, half), x.narrow(-1, half, half)); // [B,H,T,E/2]
        var (c, s) = (cos.to(x.dtype), sin.to(x.dtype)); // [B or 1,1,T,E/2]
        return cat([a * c - b * s, b * c + a * s], -1).MoveToOuterDisposeScope();
    }

    private static Tensor Diagonal(long length, Device device)
    {
        var index = arange(length, device: device);
        return index.unsqueeze(0).eq(index.unsqueeze(1)); // [T,T]
    }
}
