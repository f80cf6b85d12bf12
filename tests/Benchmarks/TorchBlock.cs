using Lace.Torch;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.Benchmarks;

/// <summary>One decoder block with embedding, head and SGD: the same operations as in <c>torch_peer.py</c>.</summary>
internal sealed class TorchBlock
{
    private const int Width = 64;
    private const int Vocabulary = 256;
    private const int Length = 32;
    private const int Heads = 4;

    private readonly Tensor tokens = randint(0, Vocabulary, [4, Length + 1]);
    private readonly Tensor embedding = Parameter(Vocabulary, Width);
    private readonly Tensor attention = Parameter(3 * Width, Width);
    private readonly Tensor output = Parameter(Width, Width);
    private readonly Tensor up = Parameter(4 * Width, Width);
    private readonly Tensor down = Parameter(Width, 4 * Width);
    private readonly Tensor norm = ones([Width]).requires_grad_();

    public void Step()
    {
        using var scope = NewDisposeScope();
        Tensor[] parameters = [embedding, attention, output, up, down, norm];
        var x = F.embedding(tokens.narrow(1, 0, Length), embedding);
        var qkv = F.linear(F.layer_norm(x, [Width], norm), attention).chunk(3, -1);
        var heads = Array.ConvertAll(qkv, part => part.reshape(4, Length, Heads, Width / Heads).transpose(1, 2));
        var attended = F.scaled_dot_product_attention(heads[0], heads[1], heads[2], is_causal: true);
        x += F.linear(attended.transpose(1, 2).reshape(4, Length, Width), output);
        x += F.linear(F.gelu(F.linear(F.layer_norm(x, [Width], norm), up)), down);
        var logits = F.linear(x, embedding).reshape(-1, Vocabulary);
        F.cross_entropy(logits, tokens.narrow(1, 1, Length).reshape(-1)).backward();
        using var guard = no_grad();
        foreach (var parameter in parameters)
        {
            parameter.add_(parameter.grad!, -0.01);
            parameter.grad = null;
        }
    }

    private static Tensor Parameter(int rows, int columns) => (randn([rows, columns]) * 0.05).requires_grad_();
}
