using Lace.Torch;
using Lace.Torch.optim;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.Benchmarks;

/// <summary>
/// A GPT of 4 layers, d 128, 512 words, 128 tokens, batches of 16, and its training steps: all of it or LoRA of rank 16 on q, k, v, o, up and
/// down; plain, or private. The same model is in <c>dpsgd_peer.py</c>.
/// </summary>
internal sealed class DpSgdModel : IDisposable
{
    private const int Blocks = 4;
    private const int Width = 128;
    private const int Vocabulary = 512;
    private const int Length = 128;
    private const int Examples = 16;
    private const int Heads = 4;
    private const int Rank = 16;
    private const double Scaling = 2;

    private static readonly byte[] Key = new byte[SecureNoise.KeySize];

    private readonly List<Tensor> trained = [];
    private readonly Tensor tokens = Own(randint(0, Vocabulary, [Examples, Length + 1]));
    private readonly Tensor places = Own(arange(Length).unsqueeze(0).expand(Examples, Length).clone());
    private readonly Tensor table;
    private readonly Tensor positions;
    private readonly Tensor head;
    private readonly Tensor[] lastNorm;
    private readonly Block[] blocks;
    private readonly GradientBook? book;
    private readonly AdamW optimizer;
    private readonly bool lora;
    private ulong steps;

    public DpSgdModel(bool lora, bool isPrivate)
    {
        this.lora = lora;
        table = Full(Vocabulary, Width);
        positions = Full(Length, Width);
        head = Full(Vocabulary, Width);
        lastNorm = Norm();
        blocks = [.. Enumerable.Range(0, Blocks).Select(_ => new Block(this))];
        optimizer = new AdamW(trained);
        if (isPrivate)
        {
            book = new GradientBook(trained);
            return;
        }

        foreach (var parameter in trained)
        {
            parameter.requires_grad = true;
        }
    }

    public long Parameters => trained.Sum(parameter => parameter.numel);

    public void Step()
    {
        using var scope = NewDisposeScope();
        var with = new OptimizerParameters { LearningRate = 1e-4 };
        if (book is null)
        {
            Losses().mean().backward();
            optimizer.step([.. trained.Select(parameter => parameter.grad!)], with);
            trained.ForEach(parameter => parameter.grad = null);
            return;
        }

        book.zero_sums();
        book.begin(Examples);
        Losses().sum().backward();
        book.finish(new Clipping.Automatic(1));
        for (var slot = 0; slot < trained.Count; slot++)
        {
            SecureNoise.add_(book.sums[slot], 1, Key, steps, (uint)slot).div_(Examples);
        }

        steps++;
        optimizer.step(book.sums, with);
    }

    public void Dispose()
    {
        book?.Dispose();
        optimizer.Dispose();
    }

    /// <summary>(B), the mean over tokens.</summary>
    private Tensor Losses()
    {
        using var scope = NewDisposeScope(); // so that the backward frees activations as it goes
        var ids = tokens.narrow(1, 0, Length);
        var x = Embedding(table, ids) + Embedding(positions, places);
        foreach (var block in blocks)
        {
            x = block.Forward(x);
        }

        var logits = Linear(LayerNorm(x, lastNorm), head);
        var targets = tokens.narrow(1, 1, Length).reshape(-1);
        return F.cross_entropy(logits.reshape(-1, Vocabulary), targets, reduction: Reduction.None)
            .view(Examples, Length)
            .mean([1])
            .MoveToOuterDisposeScope();
    }

    private Tensor Embedding(Tensor weight, Tensor ids) =>
        book is null ? F.embedding(ids, weight) : book.embedding(weight, ids);

    private Tensor Linear(Tensor x, Tensor weight) => book is null ? F.linear(x, weight) : book.linear(x, weight);

    private Tensor LayerNorm(Tensor x, Tensor[] weights) =>
        book is null ? F.layer_norm(x, [Width], weights[0], weights[1]) : book.layer_norm(x, weights[0], weights[1]);

    private Tensor[] Norm()
    {
        Tensor[] weights = [Own(ones([Width])), Own(zeros([Width]))];
        if (!lora)
        {
            trained.AddRange(weights);
        }

        return weights;
    }

    /// <summary>A weight that is trained where everything is.</summary>
    private Tensor Full(int rows, int columns)
    {
        var weight = Own(randn([rows, columns]) * 0.02);
        if (!lora)
        {
            trained.Add(weight);
        }

        return weight;
    }

    private static Tensor Own(Tensor tensor) => tensor.DetachFromDisposeScope();

    /// <summary>A linear layer, with LoRA beside it where that is what is trained.</summary>
    private sealed class Layer
    {
        private readonly DpSgdModel model;
        private readonly Tensor weight;
        private readonly Tensor? a;
        private readonly Tensor? b;

        public Layer(DpSgdModel model, int rows, int columns)
        {
            this.model = model;
            weight = model.Full(rows, columns);
            if (model.lora)
            {
                (a, b) = (Own(randn([Rank, columns]) * 0.02), Own(randn([rows, Rank]) * 0.02));
                model.trained.AddRange([a, b]);
            }
        }

        public Tensor Forward(Tensor x) =>
            a is null || b is null ? model.Linear(x, weight)
            : model.book is { } book ? book.lora(x, weight, null, a, b, Scaling)
            : F.linear(x, weight) + F.linear(F.linear(x, a), b) * Scaling;
    }

    private sealed class Block(DpSgdModel model)
    {
        private readonly Tensor[] first = model.Norm();
        private readonly Layer[] parts = [.. Enumerable.Range(0, 3).Select(_ => new Layer(model, Width, Width))];
        private readonly Layer output = new(model, Width, Width);
        private readonly Tensor[] second = model.Norm();
        private readonly Layer up = new(model, 4 * Width, Width);
        private readonly Layer down = new(model, Width, 4 * Width);

        public Tensor Forward(Tensor x)
        {
            var normal = model.LayerNorm(x, first);
            var heads = Array.ConvertAll(
                parts,
                part => part.Forward(normal).view(-1, Length, Heads, Width / Heads).transpose(1, 2)
            );
            var attended = F.scaled_dot_product_attention(heads[0], heads[1], heads[2], is_causal: true);
            x += output.Forward(attended.transpose(1, 2).reshape(-1, Length, Width));
            return x + down.Forward(F.gelu(up.Forward(model.LayerNorm(x, second))));
        }
    }
}
