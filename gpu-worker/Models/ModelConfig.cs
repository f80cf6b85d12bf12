using System.Text.Json.Nodes;

namespace Lace.Worker.Models;

/// <summary>
/// What a Hugging Face <c>config.json</c> says about a decoder. It is made from JSON alone: an option that changes what the model
/// computes and is not built here, and an option nobody knows, is refused, so that a model is never silently another one.
/// </summary>
public sealed class ModelConfig
{
    private readonly JsonObject source;

    internal ModelConfig(JsonObject source)
    {
        this.source = source;
    }

    public required ModelFamily Family { get; init; }

    public required int VocabSize { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Fewer than <see cref="Heads"/> where groups of queries share a key and value.</summary>
    public required int KeyValueHeads { get; init; }

    public required int HeadSize { get; init; }

    public required int MaxPositions { get; init; }

    public required double NormEpsilon { get; init; }

    public required Activation Activation { get; init; }

    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public required double InitializerRange { get; init; }

    /// <summary>Whether query, key and value have a bias.</summary>
    public bool QkvBias { get; init; }

    /// <summary>Whether the attention's output has a bias.</summary>
    public bool OutputBias { get; init; }

    public bool MlpBias { get; init; }

    /// <summary>Null where positions are learned (GPT-2).</summary>
    public RotarySettings? Rotary { get; init; }

    public int? BosTokenId { get; init; }

    /// <summary>Any of them ends a text.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];

    /// <exception cref="ModelException">No JSON, a missing member, or an option that is not supported.</exception>
    public static ModelConfig Parse(string json) => ConfigReader.Parse(json);

    /// <summary>Reads <c>config.json</c> of a model folder.</summary>
    /// <inheritdoc cref="Parse"/>
    public static ModelConfig Load(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        return File.Exists(path)
            ? Parse(File.ReadAllText(path))
            : throw new ModelException($"{folder} has no config.json.");
    }

    /// <summary>The JSON it was made from, with the element type of the weights beside which it is written.</summary>
    internal string ToJson(string torchType)
    {
        var copy = source.DeepClone().AsObject();
        copy.Remove("dtype");
        copy["torch_dtype"] = torchType;
        return copy.ToJsonString(new() { WriteIndented = true }) + "\n";
    }
}
