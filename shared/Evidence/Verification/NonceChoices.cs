using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;

namespace Lace.Evidence.Verification;

/// <summary>
/// What a client can still choose where the nonce sets the order: which passes, positions and groupings it logs. Somebody with losses
/// of other data could pick those that fit, so little of it is tolerated.
/// </summary>
internal static class NonceChoices
{
    /// <summary>Passes left out, idle, broken off or of another batch size that are tolerated in any run: validation, crashes.</summary>
    public const int TolerablePasses = 16;

    /// <summary>Beyond these, one such pass is tolerated beside each used one, if there are so many points to it.</summary>
    public const int PointsPerChoice = 32;

    /// <summary>Share of batches that may be passed over, and of points that may group them otherwise than the rest.</summary>
    public const double Tolerable = 0.03;

    /// <param name="passes">Announced passes by epoch number.</param>
    /// <returns>Why the order counts as searched for; null where it does not.</returns>
    public static string? Objection(SortedDictionary<int, OrderPass> passes, RecordedRun run, long records)
    {
        var used = passes.Values.Where(pass => pass.Batches.Count > 0).ToArray();
        if (Backward(run) is { } epoch)
        {
            return $"Epoch {epoch} is logged again after a later one had begun: the batches may have been picked to fit.";
        }

        var choices = Unused(passes, records) + BrokenOff(used) + OtherSizes(used);
        if (choices > TolerablePasses + Math.Min(used.Length, run.Points.Count / PointsPerChoice))
        {
            return "Many orders were announced and not used, or not to their end: one that fits may have been searched for.";
        }

        var skipped = used.Sum(pass => pass.Skipped);
        if (skipped > Tolerable * used.Sum(pass => (long)pass.Batches.Count))
        {
            return $"{skipped} batches of the order were passed over: those that fit may have been picked.";
        }

        var irregular = Irregular(run, passes);
        return irregular > Tolerable * run.Points.Count
            ? $"{irregular} points join another number of batches than most: the grouping may have been picked to fit."
            : null;
    }

    /// <summary>The first epoch that a point takes up again; null where each follows the one before.</summary>
    private static int? Backward(RecordedRun run)
    {
        var latest = 0;
        foreach (var epoch in run.Points.SelectMany(point => point.Item.Point.Batch ?? []).Select(micro => micro.Epoch))
        {
            if (epoch < latest)
            {
                return epoch;
            }

            latest = epoch ?? latest;
        }

        return null;
    }

    /// <summary>Epoch numbers left out, and passes over the dataset without a loss.</summary>
    private static long Unused(SortedDictionary<int, OrderPass> passes, long records)
    {
        var left = passes.Count == 0 ? 0 : passes.Keys.Last() + 1L - passes.Count;
        return left + passes.Values.Count(pass => pass.Batches.Count == 0 && pass.IsOfDataset(records));
    }

    /// <summary>The last pass may be under way.</summary>
    private static int BrokenOff(OrderPass[] used) => used.SkipLast(1).Count(pass => pass.Next < pass.Order.Batches);

    private static int OtherSizes(OrderPass[] used) =>
        used.Zip(used.Skip(1)).Count(pair => pair.First.BatchSize != pair.Second.BatchSize);

    /// <summary>Points with another number of micro-batches than most, but for what is left at the end of a pass.</summary>
    private static int Irregular(RecordedRun run, SortedDictionary<int, OrderPass> passes)
    {
        var batches = run.Points.Select(point => point.Item.Point.Batch).OfType<IReadOnlyList<MicroBatch>>().ToArray();
        if (batches.Length == 0)
        {
            return 0;
        }

        var usual = batches.CountBy(batch => batch.Count).MaxBy(entry => entry.Value).Key;
        return batches.Count(batch =>
            batch.Count > usual || (batch.Count < usual && !batch.Any(micro => IsLast(micro, passes)))
        );
    }

    private static bool IsLast(MicroBatch micro, SortedDictionary<int, OrderPass> passes) =>
        micro.Epoch is { } epoch && passes.TryGetValue(epoch, out var pass) && micro.Position == pass.Order.Batches - 1;
}
