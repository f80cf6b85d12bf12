namespace Lace.Worker.Models;

/// <summary>The options of GPT-2.</summary>
internal static class Gpt2Config
{
    public static ModelConfig Read(ConfigReader reader)
    {
        var (hidden, heads) = (reader.Whole("n_embd"), reader.Whole("n_head"));
        if (hidden % heads != 0)
        {
            throw ConfigReader.Wrong($"n_embd {hidden} is no multiple of n_head {heads}");
        }

        if (!reader.Flag("scale_attn_weights", otherwise: true))
        {
            throw ConfigReader.Wrong("scale_attn_weights = false is not supported");
        }

        reader.Refuse("scale_attn_by_inverse_layer_idx", "attention scaled by layer");
        reader.Refuse("reorder_and_upcast_attn", "attention in float32 inside a narrower model");
        // Applied by transformers while training only; here no dropout of the base model is (docs/private-training.md).
        reader.Skip("attn_pdrop", "embd_pdrop", "resid_pdrop");
        // Heads for other tasks, and the older name of n_positions.
        reader.Skip(
            "summary_activation",
            "summary_first_dropout",
            "summary_proj_to_labels",
            "summary_type",
            "summary_use_proj",
            "n_ctx"
        );
        return new ModelConfig(reader.Source)
        {
            Family = ModelFamily.Gpt2,
            VocabSize = reader.Whole("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = reader.Whole("n_inner", 4 * hidden),
            Layers = reader.Whole("n_layer"),
            Heads = heads,
            KeyValueHeads = heads,
            HeadSize = hidden / heads,
            MaxPositions = reader.Whole("n_positions", 1024),
            NormEpsilon = reader.Real("layer_norm_epsilon", 1e-5),
            Activation = Activations.Parse("activation_function", reader.Text("activation_function", "gelu_new")),
            TieWordEmbeddings = reader.Flag("tie_word_embeddings", otherwise: true),
            InitializerRange = reader.Real("initializer_range", 0.02),
            QkvBias = true,
            OutputBias = true,
            MlpBias = true,
            BosTokenId = reader.Tokens("bos_token_id") is [var bos, ..] ? bos : null,
            EosTokenIds = reader.Tokens("eos_token_id"),
        };
    }
}

internal static class Activations
{
    public static Activation Parse(string option, string name) =>
        name switch
        {
            "silu" or "swish" => Activation.Silu,
            "gelu" => Activation.Gelu,
            "gelu_new" or "gelu_pytorch_tanh" => Activation.GeluTanh,
            "relu" => Activation.Relu,
            _ => throw ConfigReader.Wrong($"{option} = {name} is not supported (silu, gelu, gelu_new, relu are)"),
        };
}
