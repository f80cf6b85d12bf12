using System.Text.Json.Nodes;

namespace Lace.Worker.Models;

/// <summary>The options of Llama and of the two Qwen families that are built like it.</summary>
internal static class LlamaConfig
{
    public static ModelConfig Read(ConfigReader reader, ModelFamily family)
    {
        var (hidden, heads) = (reader.Whole("hidden_size"), reader.Whole("num_attention_heads"));
        RefuseWindows(reader);
        reader.Refuse("pretraining_tp", "products in slices", allowed: 1);
        // Applied by transformers while training only; here no dropout of the base model is (docs/private-training.md).
        reader.Skip("attention_dropout");
        var bias = family != ModelFamily.Qwen2 && reader.Flag("attention_bias", otherwise: false);
        var size = reader.Whole("head_dim", family == ModelFamily.Qwen3 ? 128 : Divide(hidden, heads));
        if (size % 2 != 0)
        {
            throw ConfigReader.Wrong($"head_dim {size} is odd: rotary positions turn pairs");
        }

        return new ModelConfig(reader.Source)
        {
            Family = family,
            VocabSize = reader.Whole("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = reader.Whole("intermediate_size"),
            Layers = reader.Whole("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = reader.Whole("num_key_value_heads", heads),
            HeadSize = size,
            MaxPositions = reader.Whole("max_position_embeddings", 2048),
            NormEpsilon = reader.Real("rms_norm_eps", 1e-6),
            Activation = Activations.Parse("hidden_act", reader.Text("hidden_act", "silu")),
            TieWordEmbeddings = reader.Flag("tie_word_embeddings", otherwise: false),
            InitializerRange = reader.Real("initializer_range", 0.02),
            QkvBias = bias || family == ModelFamily.Qwen2,
            OutputBias = bias,
            MlpBias = family == ModelFamily.Llama && reader.Flag("mlp_bias", otherwise: false),
            Rotary = ReadRotary(reader),
            BosTokenId = reader.Tokens("bos_token_id") is [var bos, ..] ? bos : null,
            EosTokenIds = reader.Tokens("eos_token_id"),
        };
    }

    private static int Divide(int hidden, int heads) =>
        hidden % heads == 0
            ? hidden / heads
            : throw ConfigReader.Wrong($"hidden_size {hidden} is no multiple of num_attention_heads {heads}");

    private static void RefuseWindows(ConfigReader reader)
    {
        reader.Refuse("use_sliding_window", "attention to the last tokens only");
        var window = reader.Source["use_sliding_window"] is null ? reader.Source["sliding_window"] : null;
        if (window is not null)
        {
            throw ConfigReader.Wrong($"sliding_window = {window.ToJsonString()} is not supported");
        }

        // Both say something only together with use_sliding_window.
        reader.Skip("sliding_window", "max_window_layers");
        foreach (var layer in reader.List("layer_types") ?? [])
        {
            if (layer?.ToString() != "full_attention")
            {
                throw ConfigReader.Wrong($"layer_types has {layer?.ToJsonString()}; only full_attention is supported");
            }
        }
    }

    /// <summary>Older files have <c>rope_theta</c> and <c>rope_scaling</c>, newer ones both in <c>rope_parameters</c>.</summary>
    private static RotarySettings ReadRotary(ConfigReader reader)
    {
        reader.Refuse("partial_rotary_factor", "positions in a part of each head", allowed: 1.0);
        reader.Refuse("rope_interleaved", "pairs of neighbours");
        var theta = reader.Real("rope_theta", 10_000);
        var (older, newer) = (reader.Object("rope_scaling"), reader.Object("rope_parameters"));
        if (older is not null && newer is not null)
        {
            throw ConfigReader.Wrong("rope_scaling and rope_parameters are both there");
        }

        var options = new RotaryOptions(newer ?? older ?? []);
        theta = options.Number("rope_theta", theta);
        var scaling = options.Scaling();
        options.RefuseTheRest();
        return theta > 1 ? new RotarySettings(theta, scaling) : throw ConfigReader.Wrong($"rope_theta is {theta}");
    }

    private sealed class RotaryOptions(JsonObject given)
    {
        private readonly HashSet<string> taken = ["rope_type", "type"];

        public double Number(string name, double? otherwise = null)
        {
            taken.Add(name);
            return given[name] is { } node
                ? node is JsonValue number
                && number.TryGetValue<double>(out var value)
                && value > 0
                && double.IsFinite(value)
                    ? value
                    : throw ConfigReader.Wrong($"{name} of the rotary positions is {node.ToJsonString()}")
                : otherwise ?? throw ConfigReader.Wrong($"{name} of the rotary positions is missing");
        }

        public RotaryScaling? Scaling()
        {
            switch ((given["rope_type"] ?? given["type"])?.ToString() ?? "default")
            {
                case "default":
                    return null;
                case "linear":
                    return new LinearScaling(Number("factor"));
                case "llama3":
                    var (low, high) = (Number("low_freq_factor"), Number("high_freq_factor"));
                    var positions = (int)Number("original_max_position_embeddings");
                    return high > low
                        ? new Llama3Scaling(Number("factor"), low, high, positions)
                        : throw ConfigReader.Wrong("high_freq_factor is not above low_freq_factor");
                case var other:
                    throw ConfigReader.Wrong(
                        $"rope_scaling of the type {other} is not supported (default, linear, llama3 are)"
                    );
            }
        }

        public void RefuseTheRest()
        {
            if (given.Select(member => member.Key).FirstOrDefault(name => !taken.Contains(name)) is { } name)
            {
                throw ConfigReader.Wrong($"{name} of the rotary positions is not supported");
            }
        }
    }
}
