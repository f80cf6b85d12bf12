using System.Security.Cryptography;
using static Lace.Privacy.NearZero;

namespace Lace.Worker.Training;

/// <summary>
/// Poisson sampling: each record enters each batch with probability q, independently of every other record and batch. The batch of a
/// position is a function of the key, so that a step that is made again after a crash sees the same records.
/// </summary>
/// <remarks>
/// Batches have any size, also none; nothing is cut off. In place of one draw a record, the gap to the next one that enters is drawn,
/// which is geometric (Devroye, Non-Uniform Random Variate Generation, chapter X.2): q·N draws.
/// </remarks>
public sealed class PoissonSampler : IDisposable
{
    private readonly Aes aes = Aes.Create();
    private readonly double rate;

    /// <param name="plan">A sampler belongs to the plan that its accountant was given.</param>
    /// <param name="key">Of 32 bytes; copied.</param>
    internal PoissonSampler(SamplingPlan plan, byte[] key)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plan.DatasetSize, int.MaxValue);
        Plan = plan;
        aes.Key = key;
        rate = -Log1p(-plan.SampleRate);
    }

    public SamplingPlan Plan { get; }

    /// <summary>The records of the batch at a position, in rising order.</summary>
    public int[] Batch(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        var stream = new KeyStream(aes, (ulong)position);
        var records = new List<int>((int)Math.Min(Plan.DatasetSize, Plan.ExpectedBatch + 16));
        for (long record = 0; ; record++)
        {
            // A gap may be greater than a whole number can say, so it is compared before it is one.
            var gap = Math.Floor(Exponential(stream) / rate);
            if (gap >= Plan.DatasetSize - record)
            {
                return [.. records];
            }

            record += (long)gap;
            records.Add((int)record);
        }
    }

    public void Dispose() => aes.Dispose();

    // 64 bits, not 53: small values decide about the next record where q is small, and those have to be fine.
    private static double Exponential(KeyStream stream) => -Log1p(-(stream.Next() * Math.Pow(2, -64)));
}
