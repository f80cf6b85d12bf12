using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Worker.Models;

/// <summary>
/// A decoder with its weights: from tokens to the logits of the next ones. It owns its weights, outside every dispose scope, and its
/// results belong to the caller's. One thread uses it at a time.
/// </summary>
public sealed class CausalModel : IDisposable
{
    private readonly Decoder decoder;
    private readonly IReadOnlyList<NamedParameter> weights;
    private readonly RotaryTable? rotary;
    private IReadOnlyList<NamedParameter> adapter = [];

    private CausalModel(ModelConfig config, WeightSource source, ScalarType type, Device device)
    {
        (Config, Type, Device) = (config, type, device);
        try
        {
            decoder = new Decoder(config, source);
            (source as LoadedWeights)?.Finish();
        }
        catch
        {
            Free(source.Taken);
            throw;
        }

        weights = source.Taken;
        rotary = config.Rotary is { } settings ? new RotaryTable(settings, config.HeadSize, device) : null;
        WeightsDigest = WeightFiles.Digest(Contents(weights));
    }

    public ModelConfig Config { get; }

    public ScalarType Type { get; }

    public Device Device { get; }

    /// <summary>
    /// SHA-256, in hexadecimal, of the base weights as they were loaded or initialised: of the bytes that <see cref="SavePretrained"/>
    /// would have written then to one file. Shards and the order of tensors in the files it came from make no difference.
    /// </summary>
    public string WeightsDigest { get; }

    /// <summary>Tokens that end a text: of <c>config.json</c> and <c>generation_config.json</c>.</summary>
    public IReadOnlyList<int> EndTokens { get; private init; } = [];

    /// <summary>The adapter, null while all weights are trained.</summary>
    public LoraSettings? Lora { get; private set; }

    /// <summary>All weights, or the adapter's where there is one, under the names of Hugging Face's files, in the order of the layers.</summary>
    public IReadOnlyList<NamedParameter> Trainable => Lora is null ? weights : adapter;

    /// <summary>From <c>config.json</c> and safetensors in a folder.</summary>
    /// <param name="type">What the weights become: float32 or bfloat16.</param>
    /// <exception cref="ModelException">The folder holds no model that is supported here; the message says why.</exception>
    public static CausalModel Load(string folder, ScalarType type, Device device)
    {
        CheckType(type);
        var config = ModelConfig.Load(folder);
        using var source = new LoadedWeights(config, folder, type, device);
        var ends = GenerationConfig.EndTokens(folder);
        return new CausalModel(config, source, type, device) { EndTokens = [.. config.EosTokenIds.Union(ends)] };
    }

    /// <summary>With random weights, of which one seed makes the same on every device.</summary>
    public static CausalModel Initialize(ModelConfig config, ScalarType type, Device device, long seed)
    {
        CheckType(type);
        using var generator = new Generator(seed);
        return new CausalModel(config, new FreshWeights(config, type, device, generator), type, device)
        {
            EndTokens = config.EosTokenIds,
        };
    }

    /// <summary>Puts an adapter beside the chosen layers and freezes everything else. Its A is random, its B zero: nothing changes yet.</summary>
    /// <exception cref="ArgumentException">Settings that cannot be.</exception>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public void AddLora(LoraSettings settings, long seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        Attach(
            settings,
            MakeAdapter(settings, (_, shape, isA) => isA ? AdapterFiles.FreshA(shape, generator) : zeros(shape))
        );
    }

    /// <summary>Puts the adapter of a PEFT folder beside its layers and freezes everything else.</summary>
    /// <exception cref="ModelException">The folder holds no adapter for this model that is supported here; the message says why.</exception>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public void LoadAdapter(string folder)
    {
        using var scope = NewDisposeScope();
        var files = AdapterFiles.Load(folder, Config.Family);
        var made = MakeAdapter(files.Settings, (name, shape, _) => files.Take(name, shape));
        files.Finish();
        Attach(files.Settings, made);
    }

    /// <summary>Whether autograd records for <see cref="Trainable"/>: needed where a step has no <see cref="GradientBook"/>.</summary>
    public void RequireGradients(bool required)
    {
        foreach (var parameter in Trainable)
        {
            parameter.Tensor.requires_grad = required;
        }
    }

    /// <summary>Logits of the token after each: [B,T] to [B,T,V].</summary>
    /// <param name="ids">int64.</param>
    /// <param name="mask">
    /// [B,T], zero or false at padding. Padding to the right of all tokens needs none: no token looks ahead, and without a mask attention
    /// is faster. What stands at padding itself is finite and means nothing.
    /// </param>
    /// <param name="book">Notes each example's gradients; <see cref="GradientBook.begin"/> was called for B.</param>
    /// <param name="dropout">Where the adapter's dropout comes from; null switches it off.</param>
    /// <exception cref="ArgumentException">More tokens than the model has positions for.</exception>
    public Tensor Forward(Tensor ids, Tensor? mask, GradientBook? book, Generator? dropout = null)
    {
        using var scope = NewDisposeScope();
        CheckLength(ids.size(1));
        var context = Context.Whole(ids.size(1), mask, rotary, Device);
        var pass = new Pass(book, dropout);
        return decoder.Logits(decoder.Hidden(ids, context, pass), pass).MoveToOuterDisposeScope();
    }

    /// <summary>A cache for <see cref="Next"/>.</summary>
    /// <param name="capacity">Tokens a row, prompt and continuation together.</param>
    public KeyValueCache NewCache(int rows, long capacity)
    {
        CheckLength(capacity);
        return KeyValueCache.Make(Config, rows, capacity, Type, Device);
    }

    /// <summary>Logits after each of these tokens, which follow those in the cache and are stored there: [B,T] to [B,T,V].</summary>
    public Tensor Next(Tensor ids, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        return decoder.Logits(Extend(ids, cache), default).MoveToOuterDisposeScope();
    }

    /// <summary>Logits after the last of them alone: [B,T] to [B,1,V].</summary>
    public Tensor NextLast(Tensor ids, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        var hidden = Extend(ids, cache); // [B,T,D]
        return decoder.Logits(hidden.narrow(1, hidden.size(1) - 1, 1), default).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Writes <c>config.json</c> and the base weights as Hugging Face's libraries read them; an adapter is not merged into them.
    /// </summary>
    /// <param name="shardBytes">What no file exceeds, unless one tensor does.</param>
    /// <exception cref="IOException">The folder holds weights already.</exception>
    public void SavePretrained(string folder, long shardBytes = 5_000_000_000)
    {
        Directory.CreateDirectory(folder);
        WeightFiles.Write(folder, [.. Contents(weights)], shardBytes);
        GenerationConfig.Write(folder, EndTokens);
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            Config.ToJson(Type == ScalarType.Float32 ? "float32" : "bfloat16")
        );
    }

    /// <summary>Writes the adapter as PEFT reads it: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
    /// <param name="baseModel">What PEFT is told to load beneath it: a folder or a name; null leaves it open.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public void SaveAdapter(string folder, string? baseModel = null)
    {
        var settings = Lora ?? throw new InvalidOperationException("The model has no adapter.");
        AdapterFiles.Save(folder, settings, Config.Family, baseModel, Contents(adapter));
    }

    public void Dispose()
    {
        Free(weights);
        Free(adapter);
        rotary?.Dispose();
    }

    private static IEnumerable<SafeTensorsContent> Contents(IEnumerable<NamedParameter> parameters) =>
        parameters.Select(parameter => SafeTensorsContent.Of(parameter.Name, parameter.Tensor, parameter.Transposed));

    private static void Free(IEnumerable<NamedParameter> parameters)
    {
        foreach (var parameter in parameters)
        {
            parameter.Tensor.Dispose();
        }
    }

    private static void CheckType(ScalarType type)
    {
        if (type is not (ScalarType.Float32 or ScalarType.BFloat16))
        {
            throw new ArgumentException($"A model computes in float32 or bfloat16, not in {type}.", nameof(type));
        }
    }

    private void CheckLength(long length)
    {
        if (length > Config.MaxPositions)
        {
            throw new ArgumentException($"{length} tokens; the model has {Config.MaxPositions} positions.");
        }
    }

    /// <summary>Tensors of the innermost scope, which nothing uses yet.</summary>
    private List<(Linear On, NamedParameter A, NamedParameter B)> MakeAdapter(
        LoraSettings settings,
        Func<string, long[], bool, Tensor> make
    )
    {
        settings.Check(Config.Family);
        if (Lora is not null)
        {
            throw new InvalidOperationException("The model has an adapter already.");
        }

        using var guard = no_grad();
        NamedParameter One(string name, long[] shape, bool isA) =>
            new(name, make(name, shape, isA).to(Type).to(Device));
        return
        [
            .. decoder
                .Projections.Where(linear => settings.Covers(linear.Name))
                .Select(linear =>
                    (
                        linear,
                        One(AdapterFiles.NameOf(linear.Name, 'A'), [settings.Rank, linear.Weight.size(1)], isA: true),
                        One(AdapterFiles.NameOf(linear.Name, 'B'), [linear.Weight.size(0), settings.Rank], isA: false)
                    )
                ),
        ];
    }

    private void Attach(LoraSettings settings, List<(Linear On, NamedParameter A, NamedParameter B)> made)
    {
        RequireGradients(false);
        decoder.Freeze();
        foreach (var (linear, a, b) in made)
        {
            linear.Adapter = new LowRank(
                a.Tensor.DetachFromDisposeScope(),
                b.Tensor.DetachFromDisposeScope(),
                settings.Scaling,
                settings.Dropout
            );
        }

        adapter = [.. made.SelectMany(one => new[] { one.A, one.B })];
        Lora = settings;
    }

    private Tensor Extend(Tensor ids, KeyValueCache cache)
    {
        using var guard = no_grad();
        var context = Context.After(cache, ids.size(1), rotary, Device);
        var hidden = decoder.Hidden(ids, context, default);
        cache.Length += ids.size(1);
        return hidden;
    }
}
