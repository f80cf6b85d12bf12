using Lace.Evidence.LossLog;

namespace Lace.Evidence.Verification;

/// <summary>What a run takes in memory: whoever logs it must not choose how much its verifier holds.</summary>
public static class RunSize
{
    /// <summary>Numbers of four bytes, about, of the largest run that is evaluated.</summary>
    public const long Max = 64_000_000;

    /// <summary>What one segment adds.</summary>
    public static long Of(LossSegment segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        return 50
            + segment.Items.Sum(item =>
                50L + (item is PointItem { Point.Batch: { } batch } ? batch.Sum(micro => 20L + micro.Records.Count) : 0)
            );
    }
}
