namespace Lace.Worker.Models;

/// <summary>Draws tokens for one continuation: a sequence of its own for each seed and place among the samples (SplitMix64).</summary>
internal sealed class TokenChoice(SamplingSettings settings, int sample)
{
    private ulong state = Mix((ulong)settings.Seed) + (ulong)sample * 0xD1B54A32D192ED03;

    /// <param name="logits">Minus infinity for tokens that cannot be.</param>
    public int Choose(ReadOnlySpan<float> logits)
    {
        var likeliest = IndexOfMax(logits);
        if (settings.Temperature == 0)
        {
            return likeliest;
        }

        var weights = new double[logits.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Math.Exp((logits[i] - (double)logits[likeliest]) / settings.Temperature);
        }

        return settings.TopK > 0 || settings.TopP < 1 ? DrawFew(weights) : Draw(weights, weights.Sum());
    }

    /// <summary>The natural logarithm of the probability that the model gives to a token.</summary>
    public static float Logprob(ReadOnlySpan<float> logits, int token)
    {
        double most = logits[IndexOfMax(logits)];
        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - most);
        }

        return (float)(logits[token] - most - Math.Log(sum));
    }

    private int DrawFew(double[] weights)
    {
        var order = new int[weights.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        // Of equal weights the lower token comes first, so that the choice does not hang on the sort.
        Array.Sort(order, (a, b) => weights[b] != weights[a] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
        var count = settings.TopK > 0 ? Math.Min(settings.TopK, order.Length) : order.Length;
        var limit = settings.TopP * order.Take(count).Sum(i => weights[i]);
        var (kept, sum) = (0, 0.0);
        while (kept < count && (kept == 0 || sum < limit))
        {
            sum += weights[order[kept++]];
        }

        return order[Draw(Array.ConvertAll(order[..kept], i => weights[i]), sum)];
    }

    private int Draw(ReadOnlySpan<double> weights, double sum)
    {
        var left = Uniform() * sum;
        var last = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
            {
                last = i;
                left -= weights[i];
                if (left < 0)
                {
                    return i;
                }
            }
        }

        return last; // rounding
    }

    private double Uniform()
    {
        state += 0x9E3779B97F4A7C15;
        return (Mix(state) >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private static int IndexOfMax(ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
            {
                best = i;
            }
        }

        return best;
    }
}
