using Lace.Torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.SystemTests.Torch.Private;

/// <summary>The layers of a network under test: kept by a book, or plain ones that autograd differentiates.</summary>
/// <param name="Book">None for the plain ones.</param>
internal sealed record Layers(GradientBook? Book)
{
    public Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null) =>
        Book is null ? F.linear(x, weight, bias) : Book.linear(x, weight, bias);

    public Tensor Lora(Tensor x, Tensor dropped, Tensor weight, Tensor? bias, Tensor a, Tensor b, double scaling) =>
        Book is null
            ? F.linear(x, weight, bias) + F.linear(F.linear(dropped, a), b) * scaling
            : Book.lora(x, dropped, weight, bias, a, b, scaling);

    public Tensor Lora(Tensor x, Tensor weight, Tensor? bias, Tensor a, Tensor b, double scaling) =>
        Book is null ? Lora(x, x, weight, bias, a, b, scaling) : Book.lora(x, weight, bias, a, b, scaling);

    public Tensor Embedding(Tensor weight, Tensor ids) =>
        Book is null ? F.embedding(ids, weight) : Book.embedding(weight, ids);

    public Tensor LayerNorm(Tensor x, Tensor weight, Tensor? bias) =>
        Book is null ? F.layer_norm(x, weight.shape, weight, bias) : Book.layer_norm(x, weight, bias);

    public Tensor RmsNorm(Tensor x, Tensor weight) => Book is null ? F.rms_norm(x, weight) : Book.rms_norm(x, weight);
}
