using System.Numerics;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// About how many different keys there were: HyperLogLog with 65,536 registers and Ertl's estimator (2017), within 0.4 % or so. It does not depend
/// on the order, and counts of parts are merged.
/// </summary>
public sealed class DistinctCount
{
    private const int IndexBits = 16;
    private const int Registers = 1 << IndexBits;
    private const int MaxRank = 64 - IndexBits + 1;

    private readonly byte[] registers = new byte[Registers];

    /// <param name="key">Uniform, as SipHash makes them.</param>
    public void Add(ulong key)
    {
        var rank = (byte)(BitOperations.LeadingZeroCount((key << IndexBits) | (1UL << (IndexBits - 1))) + 1);
        ref var register = ref registers[key >> (64 - IndexBits)];
        if (rank > register)
        {
            register = rank;
        }
    }

    public void Merge(DistinctCount other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < Registers; i++)
        {
            registers[i] = Math.Max(registers[i], other.registers[i]);
        }
    }

    public long Estimate()
    {
        Span<int> counts = stackalloc int[MaxRank + 1];
        foreach (var register in registers)
        {
            counts[register]++;
        }

        var z = Registers * Tau(1 - ((double)counts[MaxRank] / Registers));
        for (var rank = MaxRank - 1; rank >= 1; rank--)
        {
            z = 0.5 * (z + counts[rank]);
        }

        z += Registers * Sigma((double)counts[0] / Registers);
        const double HalfOverLn2 = 0.721_347_520_444_481_7;
        return double.IsInfinity(z) ? 0 : (long)Math.Round(HalfOverLn2 * Registers * Registers / z);
    }

    private static double Sigma(double x)
    {
        if (x == 1)
        {
            return double.PositiveInfinity;
        }

        var (y, z, before) = (1.0, x, -1.0);
        while (z != before)
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }

        return z;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1)
        {
            return 0;
        }

        var (y, z, before) = (1.0, 1 - x, -1.0);
        while (z != before)
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        }

        return z / 3;
    }
}
