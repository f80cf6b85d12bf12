using Lace.Torch;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.SystemTests.Torch.Private;

/// <summary>A small network, its trained weights, and a batch; examples differ in the scale of their losses by four orders.</summary>
/// <param name="Trained">What is trained.</param>
/// <param name="Ids">(B, T).</param>
/// <param name="Logits">From the layers, the trained weights and some rows of <paramref name="Ids"/>.</param>
internal sealed record Network(
    string Name,
    IReadOnlyList<Tensor> Trained,
    Tensor Ids,
    Func<Layers, IReadOnlyList<Tensor>, Tensor, Tensor> Logits
)
{
    public const int Vocabulary = 11;
    private const int Width = 6;
    private const int Length = 7;
    private const int Examples = 5;

    public static readonly IReadOnlyList<string> Names =
    [
        "linear",
        "linear without bias",
        "linear without sequence",
        "bias alone",
        "LoRA",
        "LoRA with dropout",
        "embedding",
        "positions",
        "layer norm",
        "layer norm without bias",
        "RMS norm",
        "tied head",
        "decoder",
    ];

    /// <summary>(B), the sum over tokens.</summary>
    public Tensor Losses(Layers layers, IReadOnlyList<Tensor> trained, Tensor ids, Tensor scales)
    {
        var logits = Logits(layers, trained, ids);
        var targets = logits.dim == 2 ? ids.select(1, 0) : ids;
        var losses = F.cross_entropy(
            logits.dim == 2 ? logits : logits.transpose(1, 2),
            targets,
            reduction: Reduction.None
        );
        return (losses.dim == 1 ? losses : losses.sum([1])) * scales;
    }

    public static Tensor Scales => tensor<float>([0.01f, 1, 30, 0.2f, 100]);

    public static Network Make(string name)
    {
        manual_seed(7);
        var ids = randint(0, Vocabulary, [Examples, Length]);
        var table = Weight(Vocabulary, Width);
        var (head, square, bias) = (Weight(Vocabulary, Width), Weight(Width, Width), Weight(Width));
        var (a, b) = (Weight(2, Width), Weight(Width, 2));
        var (scale, shift) = (Weight(Width) + 1, Weight(Width));
        var keep = rand([Vocabulary, Width]).gt(0.3).to(ScalarType.Float32) / 0.7;
        return name switch
        {
            "linear" => new(
                name,
                [square, bias],
                ids,
                (layers, w, i) => F.linear(layers.Linear(F.embedding(i, table), w[0], w[1]), head)
            ),
            "linear without bias" => new(
                name,
                [square],
                ids,
                (layers, w, i) => F.linear(F.gelu(layers.Linear(F.embedding(i, table), w[0])), head)
            ),
            "linear without sequence" => new(
                name,
                [square, head],
                ids,
                (layers, w, i) => layers.Linear(F.gelu(layers.Linear(F.embedding(i, table).sum([1]), w[0])), w[1])
            ),
            "bias alone" => new(
                name,
                [bias],
                ids,
                (layers, w, i) => F.linear(F.gelu(layers.Linear(F.embedding(i, table), square, w[0])), head)
            ),
            "LoRA" => new(
                name,
                [a, b],
                ids,
                (layers, w, i) => F.linear(layers.Lora(F.embedding(i, table), square, bias, w[0], w[1], 1.7), head)
            ),
            "LoRA with dropout" => new(
                name,
                [a, b, bias],
                ids,
                (layers, w, i) =>
                {
                    var x = layers.Linear(F.embedding(i, table), square, w[2]);
                    return F.linear(layers.Lora(x, x * F.embedding(i, keep), square, null, w[0], w[1], 0.5), head);
                }
            ),
            "embedding" => new(name, [table], ids, (layers, w, i) => F.linear(F.gelu(layers.Embedding(w[0], i)), head)),
            "positions" => new(
                name,
                [table],
                ids,
                (layers, w, i) =>
                    F.linear(
                        F.gelu(
                            layers.Embedding(w[0], arange(Length).unsqueeze(0).expand(i.size(0), Length))
                                + F.embedding(i, table)
                        ),
                        head
                    )
            ),
            "layer norm" => new(
                name,
                [scale, shift],
                ids,
                (layers, w, i) => F.linear(layers.LayerNorm(F.embedding(i, table), w[0], w[1]), head)
            ),
            "layer norm without bias" => new(
                name,
                [scale],
                ids,
                (layers, w, i) => F.linear(layers.LayerNorm(F.embedding(i, table), w[0], null), head)
            ),
            "RMS norm" => new(
                name,
                [scale],
                ids,
                (layers, w, i) => F.linear(layers.RmsNorm(F.embedding(i, table), w[0]), head)
            ),
            "tied head" => new(
                name,
                [table],
                ids,
                (layers, w, i) => layers.Linear(F.gelu(layers.Embedding(w[0], i)), w[0])
            ),
            "decoder" => Decoder(name, ids),
            _ => throw new ArgumentException(name),
        };
    }

    /// <summary>Everything together: positions, attention by three LoRA layers, both norms, a full layer, a tied head.</summary>
    private static Network Decoder(string name, Tensor ids)
    {
        var frozen = Enumerable.Range(0, 3).Select(_ => Weight(Width, Width)).ToArray();
        Tensor[] trained =
        [
            Weight(Vocabulary, Width),
            Weight(Length, Width),
            Weight(Width) + 1,
            Weight(Width),
            .. Enumerable.Range(0, 3).SelectMany(_ => new[] { Weight(2, Width), Weight(Width, 2) }),
            Weight(Width) + 1,
            Weight(4 * Width, Width),
            Weight(4 * Width),
            Weight(Width, 4 * Width),
            Weight(Width),
        ];
        return new(
            name,
            trained,
            ids,
            (layers, w, i) =>
            {
                var places = arange(Length).unsqueeze(0).expand(i.size(0), Length);
                var x = layers.Embedding(w[0], i) + layers.Embedding(w[1], places);
                var n = layers.LayerNorm(x, w[2], w[3]);
                var parts = Enumerable
                    .Range(0, 3)
                    .Select(p => layers.Lora(n, frozen[p], null, w[4 + 2 * p], w[5 + 2 * p], 2))
                    .ToArray();
                x = x + F.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal: true);
                var wide = F.gelu(layers.Linear(layers.RmsNorm(x, w[10]), w[11], w[12]));
                return layers.Linear(x + layers.Linear(wide, w[13], w[14]), w[0]);
            }
        );
    }

    private static Tensor Weight(params ReadOnlySpan<long> shape) => randn(shape) * 0.5;
}
