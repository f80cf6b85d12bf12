namespace Lace.Evidence.Fingerprints;

/// <summary>How likely chance alone finds what was never added.</summary>
public static class FalsePositives
{
    /// <summary>
    /// The rate of a filter before it is made: blocks receive keys by chance (Poisson), a block of j keys had 8 j bits drawn, and a key's own 8 bits
    /// must all be among them.
    /// </summary>
    public static double Rate(long keys, long blocks)
    {
        var load = (double)keys / blocks;
        var (rate, weight) = (0.0, Math.Exp(-load));
        var last = load + (12 * Math.Sqrt(load)) + 12;
        for (var j = 0; j <= last; j++)
        {
            rate += weight * AllSet(BlockedBloomFilter.Hashes * j);
            weight *= load / (j + 1);
        }

        return rate;
    }

    /// <summary>Bits that so many different keys set, about: each draws 8 of the 512 bits of a block, and blocks receive keys by chance.</summary>
    public static double ExpectedBits(long keys, long blocks)
    {
        const int bits = BlockedBloomFilter.BlockBits;
        var perKey = 1 - Math.Pow(1 - (1.0 / bits), BlockedBloomFilter.Hashes);
        return (double)blocks * bits * (1 - Math.Exp(-keys * perKey / blocks));
    }

    /// <summary>P(X ≥ <paramref name="least"/>) of so many independent keys, each found by chance with this probability.</summary>
    public static double Tail(int keys, double rate, int least)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keys);
        if (least <= 0)
        {
            return 1;
        }

        if (least > keys || rate <= 0)
        {
            return 0;
        }

        if (rate >= 1)
        {
            return 1;
        }

        // Terms from `least` on, each from the one before; the first in logarithms, as it may be far below what a double holds.
        var log = LogChoose(keys, least) + (least * Math.Log(rate)) + ((keys - least) * Math.Log(1 - rate));
        var (sum, term) = (0.0, Math.Exp(log));
        var odds = rate / (1 - rate);
        for (var hits = least; hits <= keys; hits++)
        {
            sum += term;
            term *= odds * (keys - hits) / (hits + 1);
            if (term < sum * 1e-17 && hits > keys * rate)
            {
                break;
            }
        }

        return Math.Min(1, sum);
    }

    // The probability that 8 draws of 512 bits all fall on bits that some earlier draws fell on, by how many bits the 8 are.
    private static double AllSet(int drawn)
    {
        const int hashes = BlockedBloomFilter.Hashes;
        const double bits = BlockedBloomFilter.BlockBits;
        Span<double> different = stackalloc double[hashes + 1];
        different.Clear();
        different[0] = 1;
        for (var draw = 0; draw < hashes; draw++)
        {
            for (var d = draw + 1; d >= 1; d--)
            {
                different[d] = (different[d] * d / bits) + (different[d - 1] * (bits - d + 1) / bits);
            }

            different[0] = 0;
        }

        var all = 0.0;
        for (var d = 1; d <= hashes; d++)
        {
            // Inclusion and exclusion over which of the d bits were missed.
            var (set, choose) = (0.0, 1.0);
            for (var missed = 0; missed <= d; missed++)
            {
                set += (missed % 2 == 0 ? choose : -choose) * Math.Pow(1 - (missed / bits), drawn);
                choose = choose * (d - missed) / (missed + 1);
            }

            all += different[d] * Math.Max(0, set);
        }

        return all;
    }

    private static double LogChoose(int n, int k)
    {
        var log = 0.0;
        for (var i = 1; i <= k; i++)
        {
            log += Math.Log((double)(n - k + i) / i);
        }

        return log;
    }
}
