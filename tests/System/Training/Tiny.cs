using Lace.Torch;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

/// <summary>Models of a few thousand weights, records of a few tokens, and plans for them.</summary>
internal static class Tiny
{
    public const int Vocabulary = 48;
    public const int Records = 12;

    private const string Gpt2 = """
        { "architectures": ["GPT2LMHeadModel"], "vocab_size": 48, "n_embd": 16, "n_head": 2, "n_layer": 2, "n_positions": 32 }
        """;

    private const string Llama = """
        { "architectures": ["LlamaForCausalLM"], "vocab_size": 48, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 32, "tie_word_embeddings": TIED }
        """;

    /// <summary>Names of models, for theories.</summary>
    public static readonly string[] Kinds = ["gpt2 full", "gpt2 lora", "llama full", "llama lora", "llama tied full"];

    public static CausalModel Model(
        string kind,
        ScalarType type = ScalarType.Float32,
        double dropout = 0,
        LoraSettings? lora = null
    )
    {
        torch.set_num_threads(1); // more would wait for each other longer than they compute
        var isGpt2 = kind.StartsWith("gpt2", StringComparison.Ordinal);
        var tied = kind.Contains("tied", StringComparison.Ordinal) ? "true" : "false";
        var json = isGpt2 ? Gpt2 : Llama.Replace("TIED", tied, StringComparison.Ordinal);
        var model = CausalModel.Initialize(ModelConfig.Parse(json), type, torch.CPU, seed: 5);
        if ((lora ?? Lora(kind, dropout)) is { } settings)
        {
            model.AddLora(settings, seed: 6);
        }

        return model;
    }

    public static LoraSettings? Lora(string kind, double dropout = 0) =>
        !kind.EndsWith("lora", StringComparison.Ordinal) ? null
        : kind.StartsWith("gpt2", StringComparison.Ordinal) ? new(4, 8, ["c_attn", "c_proj", "c_fc"], dropout)
        : new(4, 8, ["q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj"], dropout);

    /// <summary>Without privacy; a step of <see cref="Data"/> sees half of its records.</summary>
    public static TrainingPlan Plain(string kind, double dropout = 0) =>
        new()
        {
            Lora = Lora(kind, dropout),
            Sampling = new SamplingPlan(Records, 0.5),
            MaxSequenceLength = 16,
            MicroBatch = 4,
            Seed = 11,
        };

    public static TrainingPlan Private(
        string kind,
        ClippingKind clipping = ClippingKind.Automatic,
        double norm = 0.1,
        double noise = 1,
        double dropout = 0
    ) =>
        Plain(kind, dropout) with
        {
            Privacy = new PrivacyPlan
            {
                NoiseMultiplier = noise,
                ClippingNorm = norm,
                Clipping = clipping,
                Delta = 1e-3,
            },
        };

    public static NoiseKey Key(byte first = 1) =>
        NoiseKey.FromBytes([.. Enumerable.Range(first, NoiseKey.Size).Select(i => (byte)i)]);

    public static TrainingSession Open(TrainingPlan plan, CausalModel model, byte key = 1)
    {
        using var secret = Key(key);
        return TrainingSession.Open(plan, model, secret);
    }

    /// <summary>Records of 2 to 16 tokens.</summary>
    public static int[][] Tokens(int seed = 3)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, Records)
                .Select(_ => Enumerable.Range(0, random.Next(2, 17)).Select(_ => random.Next(Vocabulary)).ToArray()),
        ];
    }

    public static TokenizedDataset Data(int seed = 3) => TokenizedDataset.Of(Tokens(seed), 16);

    public static Example[] Examples(int seed = 3) => [.. Tokens(seed).Select(tokens => Example.Causal(tokens))];

    /// <summary>All numbers of some tensors, one after the other.</summary>
    public static float[] Flat(IEnumerable<Tensor> tensors)
    {
        using var scope = torch.NewDisposeScope();
        return [.. tensors.SelectMany(tensor => tensor.to(ScalarType.Float32).ToArray<float>())];
    }

    public static float[] Weights(CausalModel model) => Flat(model.Trainable.Select(parameter => parameter.Tensor));

    public static double Norm(IEnumerable<float> values) => Math.Sqrt(values.Sum(value => (double)value * value));

    public static double Distance(float[] left, float[] right) =>
        Math.Sqrt(left.Zip(right, (a, b) => Math.Pow((double)a - b, 2)).Sum());
}
