using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Worker.Models;

/// <summary>Keys and values of the tokens that a model has seen, so that the next token costs one token's work.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly (Tensor Keys, Tensor Values)[] layers;
    private readonly long capacity;

    internal KeyValueCache((Tensor Keys, Tensor Values)[] layers, long length)
    {
        this.layers = layers;
        capacity = layers[0].Keys.size(2);
        Length = length;
    }

    /// <summary>Tokens of each row so far.</summary>
    public long Length { get; internal set; }

    internal static KeyValueCache Make(ModelConfig config, long rows, long capacity, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        long[] shape = [rows, config.KeyValueHeads, capacity, config.HeadSize]; // [B,G,capacity,E]
        Tensor One() => empty(shape, type, device).DetachFromDisposeScope();
        return new([.. Enumerable.Range(0, config.Layers).Select(_ => (One(), One()))], 0);
    }

    /// <summary>A cache of several rows that all went on from this one's only row.</summary>
    public KeyValueCache Repeat(int rows)
    {
        using var scope = NewDisposeScope();
        Tensor One(Tensor row) => row.repeat_interleave(rows, 0).DetachFromDisposeScope();
        return new([.. layers.Select(layer => (One(layer.Keys), One(layer.Values)))], Length);
    }

    public void Dispose()
    {
        foreach (var (keys, values) in layers)
        {
            keys.Dispose();
            values.Dispose();
        }
    }

    /// <summary>Stores what follows and gives all so far. <see cref="Length"/> moves when every layer has done so.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var (allKeys, allValues) = layers[layer];
        var more = keys.size(2);
        if (Length + more > capacity)
        {
            throw new InvalidOperationException($"The cache has place for {capacity} tokens.");
        }

        allKeys.narrow(2, Length, more).copy_(keys);
        allValues.narrow(2, Length, more).copy_(values);
        return (allKeys.narrow(2, 0, Length + more), allValues.narrow(2, 0, Length + more));
    }
}
