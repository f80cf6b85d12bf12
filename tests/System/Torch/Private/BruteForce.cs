using Lace.Torch;

namespace Lace.SystemTests.Torch.Private;

/// <summary>Per-example gradients by one backward for each example, with plain layers; sums in double.</summary>
internal static class BruteForce
{
    /// <summary>By example, by parameter, the elements.</summary>
    public static float[][][] Gradients(Network network, Tensor scales)
    {
        var copies = network.Trained.Select(weight => weight.clone().requires_grad_()).ToArray();
        var found = new float[network.Ids.size(0)][][];
        for (var b = 0; b < found.Length; b++)
        {
            using var scope = torch.NewDisposeScope();
            network
                .Losses(new Layers(null), copies, network.Ids.narrow(0, b, 1), scales.narrow(0, b, 1))
                .sum()
                .backward();
            found[b] =
            [
                .. copies.Select(copy => copy.grad is { } grad ? grad.ToArray<float>() : new float[copy.numel]),
            ];
            foreach (var copy in copies)
            {
                copy.grad = null;
            }
        }

        return found;
    }

    public static double Norm(IEnumerable<float[]> gradient) =>
        Math.Sqrt(gradient.Sum(part => part.Sum(value => (double)value * value)));

    /// <summary>The sum of the examples, each times its factor of the parameter's group.</summary>
    public static double[][] Sum(float[][][] gradients, Func<float[][], int, double> factor)
    {
        var sums = gradients[0].Select(part => new double[part.Length]).ToArray();
        foreach (var gradient in gradients)
        {
            for (var slot = 0; slot < sums.Length; slot++)
            {
                var of_example = factor(gradient, slot);
                for (var i = 0; i < sums[slot].Length; i++)
                {
                    sums[slot][i] += of_example * gradient[slot][i];
                }
            }
        }

        return sums;
    }

    /// <summary>The distance of two vectors over the length of the second.</summary>
    public static double Distance(IEnumerable<double> ours, IEnumerable<double> theirs)
    {
        var pairs = ours.Zip(theirs).ToList();
        return Math.Sqrt(
            pairs.Sum(pair => Math.Pow(pair.First - pair.Second, 2)) / pairs.Sum(pair => Math.Pow(pair.Second, 2))
        );
    }
}
