using Lace.Torch;

namespace Lace.Worker.Models;

/// <summary>
/// The weights of a model folder. Every tensor of its files is a weight of the model or of the few kinds that older files hold and
/// no model needs; anything else means that the files and <c>config.json</c> are of different models, and is refused.
/// </summary>
internal sealed class LoadedWeights : WeightSource, IDisposable
{
    private readonly Dictionary<string, Tensor> found = [];

    public LoadedWeights(ModelConfig config, string folder, ScalarType type, Device device)
        : base(config)
    {
        try
        {
            WeightFiles.Read(folder, reader => Add(reader, type, device));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <exception cref="ModelException">Weights are left that the model did not take.</exception>
    public void Finish()
    {
        if (Config.TieWordEmbeddings && found.Remove("lm_head.weight", out var head))
        {
            var tokens = Taken[0].Tensor; // the embedding, which every decoder takes first
            using var scope = torch.NewDisposeScope();
            head.AttachToDisposeScope();
            if (!tokens.shape.AsSpan().SequenceEqual(head.shape) || !tokens.eq(head).all().ToBoolean())
            {
                throw new ModelException("lm_head.weight is not the embedding, with which config.json ties it.");
            }
        }

        if (found.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } name)
        {
            throw new ModelException($"The weight {name} belongs to no layer of the model that config.json describes.");
        }
    }

    public void Dispose()
    {
        foreach (var tensor in found.Values)
        {
            tensor.Dispose();
        }

        found.Clear();
    }

    protected override Tensor Take(string name, WeightRole role, long[] shape, bool transposed)
    {
        if (!found.Remove(name, out var tensor))
        {
            throw new ModelException($"The weight {name} is missing.");
        }

        using var scope = torch.NewDisposeScope();
        tensor.AttachToDisposeScope();
        if (!tensor.shape.AsSpan().SequenceEqual(shape))
        {
            var (here, there) = (string.Join(", ", shape), string.Join(", ", tensor.shape));
            throw new ModelException($"The weight {name} has the shape [{there}]; config.json makes it [{here}].");
        }

        return (transposed ? tensor.t().contiguous() : tensor).DetachFromDisposeScope();
    }

    private void Add(SafeTensorsReader reader, ScalarType type, Device device)
    {
        var name = NameHere(reader.Current.Name);
        if (IsNotNeeded(name))
        {
            return;
        }

        using var scope = torch.NewDisposeScope();
        var tensor = reader.Read();
        if (tensor.dtype is not (ScalarType.Float32 or ScalarType.BFloat16))
        {
            throw new ModelException($"The weight {name} has elements of the type {reader.Current.Kind}.");
        }

        if (!found.TryAdd(name, tensor.to(type).to(device).DetachFromDisposeScope()))
        {
            throw new ModelException($"The weight {name} is there twice.");
        }
    }

    /// <summary>The first GPT-2 files have the names of the model without its head.</summary>
    private string NameHere(string name) =>
        Config.Family == ModelFamily.Gpt2
        && (
            name.StartsWith("h.", StringComparison.Ordinal)
            || name.StartsWith('w')
            || name.StartsWith("ln_f.", StringComparison.Ordinal)
        )
            ? "transformer." + name
            : name;

    /// <summary>The triangle of GPT-2's attention and the frequencies of rotary positions: constants.</summary>
    private bool IsNotNeeded(string name) =>
        Config.Family == ModelFamily.Gpt2
            ? name.EndsWith(".attn.bias", StringComparison.Ordinal)
                || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
            : name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);
}
