using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Torch.Private;

/// <summary>Norms and clipped sums of one backward pass, beside one backward pass for each example.</summary>
[Collection(nameof(Torch))]
public sealed class ClippedSumTests
{
    private const double Tolerance = 1e-5;
    private const double C = 0.7;

    public static IEnumerable<TheoryDataRow<string, string>> Cases =>
        from network in Network.Names
        from method in Enum.GetNames<NormMethod>()
        select new TheoryDataRow<string, string>(network, method);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equal_brute_force_with_automatic_clipping(string name, string method) =>
        Compare(name, method, new Clipping.Automatic(C), norm => C / (norm + 0.01));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equal_brute_force_with_flat_clipping(string name, string method) =>
        Compare(name, method, new Clipping.Flat(C), norm => Math.Min(1, C / norm));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equal_brute_force_with_per_layer_clipping(string name, string method)
    {
        using var scope = NewDisposeScope();
        var network = Network.Make(name);
        var layers = LayersOf(name, network.Trained.Count);
        var bound = C / Math.Sqrt(layers.Max() + 1);
        using var book = new GradientBook(network.Trained);
        var gradients = BruteForce.Gradients(network, Network.Scales);
        Run(network, book, method, new Clipping.PerLayer(C));
        var expected = BruteForce.Sum(
            gradients,
            (gradient, slot) =>
                Math.Min(1, bound / BruteForce.Norm(gradient.Where((_, other) => layers[other] == layers[slot])))
        );
        AssertSums(expected, book);
    }

    private static void Compare(string name, string method, Clipping clipping, Func<double, double> factor)
    {
        using var scope = NewDisposeScope();
        var network = Network.Make(name);
        using var book = new GradientBook(network.Trained);
        var gradients = BruteForce.Gradients(network, Network.Scales);
        var batch = Run(network, book, method, clipping);
        for (var b = 0; b < gradients.Length; b++)
        {
            var norm = BruteForce.Norm(gradients[b]);
            Assert.Equal(1, batch.Norms[b] / norm, Tolerance);
            Assert.Equal(1, batch.Factors[b] / factor(norm), Tolerance);
        }

        Assert.Equal(0, batch.Masked);
        Assert.Equal(gradients.Count(gradient => factor(BruteForce.Norm(gradient)) < 1), batch.Clipped);
        AssertSums(BruteForce.Sum(gradients, (gradient, _) => factor(BruteForce.Norm(gradient))), book);
    }

    private static ClippedBatch Run(Network network, GradientBook book, string method, Clipping clipping)
    {
        book.Force(Enum.Parse<NormMethod>(method));
        book.begin(network.Ids.size(0));
        network.Losses(new Layers(book), network.Trained, network.Ids, Network.Scales).sum().backward();
        return book.finish(clipping);
    }

    private static void AssertSums(double[][] expected, GradientBook book)
    {
        for (var slot = 0; slot < expected.Length; slot++)
        {
            var ours = book.sums[slot].ToArray<float>().Select(value => (double)value);
            Assert.InRange(BruteForce.Distance(ours, expected[slot]), 0, Tolerance);
        }
    }

    /// <summary>The layer of each parameter.</summary>
    private static int[] LayersOf(string name, int parameters) =>
        name switch
        {
            "linear without sequence" => [0, 1],
            "LoRA with dropout" => [1, 1, 0],
            "decoder" => [0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 7, 8, 8],
            _ => new int[parameters],
        };
}
