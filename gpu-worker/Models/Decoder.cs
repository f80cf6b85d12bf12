using Lace.Torch;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.Worker.Models;

/// <summary>
/// From tokens to logits: Llama, Qwen and GPT-2. Shapes stand beside the lines: B examples, T tokens of each, S tokens that may be
/// looked at (T and those in the cache), D width, H heads, G heads of keys and values, E elements of a head, V vocabulary.
/// </summary>
internal sealed class Decoder
{
    private readonly Embedding tokens;
    private readonly Embedding? positions;
    private readonly Block[] blocks;
    private readonly Norm norm;
    private readonly Linear head;

    public Decoder(ModelConfig config, WeightSource weights)
    {
        var isGpt2 = config.Family == ModelFamily.Gpt2;
        var root = isGpt2 ? "transformer" : "model";
        tokens = weights.Embedding(isGpt2 ? "transformer.wte" : "model.embed_tokens", config.VocabSize);
        positions = isGpt2 ? weights.Embedding("transformer.wpe", config.MaxPositions) : null;
        blocks =
        [
            .. Enumerable
                .Range(0, config.Layers)
                .Select(i => isGpt2 ? Block.Gpt2(config, weights, i) : Block.Llama(config, weights, i)),
        ];
        norm = weights.Norm(isGpt2 ? "transformer.ln_f" : "model.norm", config.HiddenSize, hasBias: isGpt2);
        head = config.TieWordEmbeddings
            ? new Linear("lm_head", tokens.Weight, bias: null)
            : weights.Linear("lm_head", config.VocabSize, config.HiddenSize, hasBias: false);
    }

    /// <summary>The layers that an adapter can sit on.</summary>
    public IEnumerable<Linear> Projections => blocks.SelectMany(block => block.Projections);

    /// <summary>What the last layer gives: [B,T] whole numbers to [B,T,D].</summary>
    public Tensor Hidden(Tensor ids, Context context, Pass pass)
    {
        using var scope = NewDisposeScope();
        var x = tokens.Forward(ids, pass); // [B,T,D]
        if (positions is not null)
        {
            x += positions.Forward(context.Positions.expand(ids.shape), pass); // [B,T,D]
        }

        for (var i = 0; i < blocks.Length; i++)
        {
            x = blocks[i].Forward(x, context, i, pass); // [B,T,D]
        }

        return norm.Forward(x, pass).MoveToOuterDisposeScope(); // [B,T,D]
    }

    /// <summary>[B,T,D] to [B,T,V]</summary>
    public Tensor Logits(Tensor hidden, Pass pass) => head.Forward(hidden, pass);

    /// <summary>Leaves training to the adapters.</summary>
    public void Freeze()
    {
        tokens.IsFrozen = norm.IsFrozen = head.IsFrozen = true;
        if (positions is not null)
        {
            positions.IsFrozen = true;
        }

        foreach (var block in blocks)
        {
            block.Freeze();
        }
    }
}

/// <summary>x + attention(norm(x)), and then + feed-forward(norm(x)).</summary>
internal sealed class Block(Norm first, Attention attention, Norm second, FeedForward feedForward)
{
    public IEnumerable<Linear> Projections => [.. attention.Projections, .. feedForward.Projections];

    public static Block Llama(ModelConfig config, WeightSource weights, int layer)
    {
        var at = $"model.layers.{layer}";
        return new(
            weights.Norm($"{at}.input_layernorm", config.HiddenSize, hasBias: false),
            Attention.Llama(config, weights, $"{at}.self_attn"),
            weights.Norm($"{at}.post_attention_layernorm", config.HiddenSize, hasBias: false),
            FeedForward.Llama(config, weights, $"{at}.mlp")
        );
    }

    public static Block Gpt2(ModelConfig config, WeightSource weights, int layer)
    {
        var at = $"transformer.h.{layer}";
        return new(
            weights.Norm($"{at}.ln_1", config.HiddenSize, hasBias: true),
            Attention.Gpt2(config, weights, $"{at}.attn"),
            weights.Norm($"{at}.ln_2", config.HiddenSize, hasBias: true),
            FeedForward.Gpt2(config, weights, $"{at}.mlp")
        );
    }

    public Tensor Forward(Tensor x, Context context, int layer, Pass pass)
    {
        using var scope = NewDisposeScope();
        x += attention.Forward(first.Forward(x, pass), context, layer, pass); // [B,T,D]
        x += feedForward.Forward(second.Forward(x, pass), pass); // [B,T,D]
        return x.MoveToOuterDisposeScope();
    }

    public void Freeze()
    {
        first.IsFrozen = second.IsFrozen = true;
        attention.Freeze();
        foreach (var projection in Projections)
        {
            projection.IsFrozen = true;
        }
    }
}

/// <summary>Each token looks at those before it and at itself.</summary>
internal sealed class Attention
{
    private readonly ModelConfig config;

    /// <summary>Query, key and value: one matrix in GPT-2, three in the others.</summary>
    private readonly Linear[] inputs;
    private readonly Linear output;
    private Norm? queryNorm;
    private Norm? keyNorm;

    private Attention(ModelConfig config, Linear[] inputs, Linear output)
    {
        this.config = config;
        this.inputs = inputs;
        this.output = output;
    }

    public IEnumerable<Linear> Projections => [.. inputs, output];

    public static Attention Llama(ModelConfig config, WeightSource weights, string at)
    {
        var (wide, narrow) = (config.Heads * config.HeadSize, config.KeyValueHeads * config.HeadSize);
        Linear[] projections =
        [
            weights.Linear($"{at}.q_proj", wide, config.HiddenSize, config.QkvBias),
            weights.Linear($"{at}.k_proj", narrow, config.HiddenSize, config.QkvBias),
            weights.Linear($"{at}.v_proj", narrow, config.HiddenSize, config.QkvBias),
        ];
        var made = new Attention(
            config,
            projections,
            weights.Linear($"{at}.o_proj", config.HiddenSize, wide, config.OutputBias)
        );
        if (config.Family == ModelFamily.Qwen3)
        {
            made.queryNorm = weights.Norm($"{at}.q_norm", config.HeadSize, hasBias: false);
            made.keyNorm = weights.Norm($"{at}.k_norm", config.HeadSize, hasBias: false);
        }

        return made;
    }

    public static Attention Gpt2(ModelConfig config, WeightSource weights, string at) =>
        new(
            config,
            [weights.Conv1D($"{at}.c_attn", 3 * config.HiddenSize, config.HiddenSize)],
            weights.Conv1D($"{at}.c_proj", config.HiddenSize, config.HiddenSize)
        );

    public Tensor Forward(Tensor x, Context context, int layer, Pass pass)
    {
        using var scope = NewDisposeScope();
        var projected = inputs is [var fused]
            ? fused.Forward(x, pass).chunk(3, -1)
            : Array.ConvertAll(inputs, input => input.Forward(x, pass));
        var q = Heads(projected[0], config.Heads); // [B,T,H,E]
        var k = Heads(projected[1], config.KeyValueHeads); // [B,T,G,E]
        var v = Heads(projected[2], config.KeyValueHeads).transpose(1, 2); // [B,G,T,E]
        q = context.Rotate((queryNorm?.Forward(q, pass) ?? q).transpose(1, 2)); // [B,H,T,E]
        k = context.Rotate((keyNorm?.Forward(k, pass) ?? k).transpose(1, 2)); // [B,G,T,E]
        if (context.Cache is { } cache)
        {
            (k, v) = cache.Append(layer, k, v); // [B,G,S,E]
        }

        var looked = F.scaled_dot_product_attention(
            q,
            Share(k),
            Share(v),
            context.Allowed,
            is_causal: context.IsCausal
        ); // [B,H,T,E]
        var joined = looked.transpose(1, 2).reshape([.. x.shape[..2], config.Heads * config.HeadSize]); // [B,T,H·E]
        return output.Forward(joined, pass).MoveToOuterDisposeScope(); // [B,T,D]
    }

    public void Freeze()
    {
        if (queryNorm is not null && keyNorm is not null)
        {
            queryNorm.IsFrozen = keyNorm.IsFrozen = true;
        }
    }

    private Tensor Heads(Tensor x, int heads) => x.view([.. x.shape[..2], heads, config.HeadSize]);

    /// <summary>Gives each group of query heads its key or value: [B,G,S,E] to [B,H,S,E].</summary>
    private Tensor Share(Tensor x)
    {
        if (config.Heads == config.KeyValueHeads)
        {
            return x;
        }

        var (b, s, group) = (x.size(0), x.size(2), config.Heads / config.KeyValueHeads);
        return x.unsqueeze(2)
            .expand(b, config.KeyValueHeads, group, s, config.HeadSize)
            .reshape(b, config.Heads, s, config.HeadSize);
    }
}

/// <summary>down(activation(up(x))), in Llama and Qwen with a gate: down(activation(gate(x)) · up(x)).</summary>
internal sealed class FeedForward(Activation activation, Linear? gate, Linear up, Linear down)
{
    public IEnumerable<Linear> Projections => gate is null ? [up, down] : [gate, up, down];

    public static FeedForward Llama(ModelConfig config, WeightSource weights, string at) =>
        new(
            config.Activation,
            weights.Linear($"{at}.gate_proj", config.IntermediateSize, config.HiddenSize, config.MlpBias),
            weights.Linear($"{at}.up_proj", config.IntermediateSize, config.HiddenSize, config.MlpBias),
            weights.Linear($"{at}.down_proj", config.HiddenSize, config.IntermediateSize, config.MlpBias)
        );

    public static FeedForward Gpt2(ModelConfig config, WeightSource weights, string at) =>
        new(
            config.Activation,
            gate: null,
            weights.Conv1D($"{at}.c_fc", config.IntermediateSize, config.HiddenSize),
            weights.Conv1D($"{at}.c_proj", config.HiddenSize, config.IntermediateSize)
        );

    public Tensor Forward(Tensor x, Pass pass)
    {
        using var scope = NewDisposeScope();
        var inner = gate is null ? Bend(up.Forward(x, pass)) : Bend(gate.Forward(x, pass)) * up.Forward(x, pass); // [B,T,4D]
        return down.Forward(inner, pass).MoveToOuterDisposeScope(); // [B,T,D]
    }

    private Tensor Bend(Tensor x) =>
        activation switch
        {
            Activation.Silu => F.silu(x),
            Activation.Gelu => F.gelu(x),
            Activation.GeluTanh => F.gelu(x, tanh: true),
            _ => F.relu(x),
        };
}
