using Lace.Evidence.LossLog;

namespace Lace.Evidence.Verification;

/// <summary>Whether the order of the batches was fixed before the losses that are claimed for them (protocol §6).</summary>
/// <param name="Unopened">
/// Indices of the few points whose batches the commitment does not cover as far as it was opened: they are not scored. Empty where
/// the order is not bound: then every point is scored, and the grade is capped.
/// </param>
internal sealed record OrderBinding(Check Check, IReadOnlySet<int> Unopened)
{
    /// <summary>Share of points that may stay unopened: those after the last tail, when a process was killed.</summary>
    public const double TolerableUnopened = 0.03;

    /// <param name="live">Whether the log came while the run went on. A commitment that nobody saw before the losses commits to nothing.</param>
    public static OrderBinding Of(VerificationInput input, bool live) =>
        input switch
        {
            { Recorded: null or { Points.Count: 0 } } => new(
                Check.NotChecked(CheckNames.OrderBound, "There are no losses."),
                new HashSet<int>()
            ),
            { Run.Order: BatchOrder.Streamed } => NotBound(
                "The batches came with their losses; no order was committed before."
            ),
            { Run.Order: BatchOrder.Unknown } => NotBound(
                "The log does not say which records the losses were computed on."
            ),
            { Run.Order: BatchOrder.Epoch } when !live => NotBound(
                "The log did not come while the run went on, so nobody saw that the order was committed before the losses."
            ),
            _ => Examine(input.Run, input.Recorded!, input.Attestation.Records),
        };

    private static OrderBinding Examine(RunFacts facts, RecordedRun run, long records)
    {
        if (Passes(run, out var unplaced, out var refusal) is not { } passes)
        {
            return NotBound(refusal!);
        }

        // Before any order is derived: it also bounds what there is to derive.
        if (facts.Order == BatchOrder.Nonce && NonceChoices.Objection(passes, run, records) is { } objection)
        {
            return NotBound(objection);
        }

        var tails = run.Tails.Select(logged => logged.Item).ToLookup(tail => tail.Epoch);
        var unopened = new HashSet<int>(unplaced);
        foreach (var pass in passes.Values.Where(pass => pass.Batches.Count > 0))
        {
            var opened =
                facts.Order == BatchOrder.Nonce ? Derived(facts, pass, records) : Opened(tails[pass.Order.Epoch], pass);
            if (opened < 0)
            {
                return NotBound(
                    facts.Order == BatchOrder.Nonce
                        ? $"The batches of epoch {pass.Order.Epoch} are not those that the server's nonce sets."
                        : $"The batches of epoch {pass.Order.Epoch} do not open its commitment."
                );
            }

            unopened.UnionWith(pass.Batches.Skip(opened).Select(batch => batch.Point));
        }

        return Judge(facts, run, unopened);
    }

    private static OrderBinding Judge(RunFacts facts, RecordedRun run, HashSet<int> unopened)
    {
        var how =
            facts.Order == BatchOrder.Nonce
                ? "the batches are those that the dataset root and the server's nonce set"
                : "each epoch's order was committed in an earlier segment than its first loss, and the batches open it";
        var opened = run.Points.Count - unopened.Count;
        if (unopened.Count > TolerableUnopened * run.Points.Count)
        {
            return NotBound($"Only for {opened} of {run.Points.Count} points {how}.");
        }

        return new(
            Check.Of(
                CheckNames.OrderBound,
                true,
                unopened.Count == 0
                    ? $"For all {opened} points {how}."
                    : $"For {opened} of {run.Points.Count} points {how}; the others are not opened and not scored."
            ),
            unopened
        );
    }

    /// <summary>Each pass with its batches in order; null, with the reason, where the log contradicts itself.</summary>
    /// <param name="unplaced">Points without a place in a committed order.</param>
    private static SortedDictionary<int, OrderPass>? Passes(
        RecordedRun run,
        out List<int> unplaced,
        out string? refusal
    )
    {
        unplaced = [];
        refusal = null;
        var passes = new SortedDictionary<int, OrderPass>();
        foreach (var order in run.Orders)
        {
            if (passes.TryGetValue(order.Item.Epoch, out var known))
            {
                if (known.Order != order.Item)
                {
                    refusal = $"Two orders were committed for epoch {order.Item.Epoch}.";
                    return null;
                }
            }
            else
            {
                passes.Add(order.Item.Epoch, new OrderPass(order.Item, order.Seq));
            }
        }

        for (var i = 0; i < run.Points.Count; i++)
        {
            var logged = run.Points[i];
            if (logged.Item.Point.Batch is not { Count: > 0 } batch)
            {
                unplaced.Add(i);
                continue;
            }

            foreach (var micro in batch)
            {
                if (micro is not { Epoch: { } epoch, Position: { } position })
                {
                    unplaced.Add(i);
                    continue;
                }

                if (!passes.TryGetValue(epoch, out var pass) || pass.Seq >= logged.Seq)
                {
                    refusal =
                        $"The order of epoch {epoch} was not committed in an earlier segment than its first loss.";
                    return null;
                }

                if (position < pass.Next || position >= pass.Order.Batches)
                {
                    refusal = $"Position {position} of epoch {epoch} is logged out of turn.";
                    return null;
                }

                pass.Add(position, micro.Records, i);
            }
        }

        return passes;
    }

    /// <summary>How many of the pass's batches its commitment was opened for; -1 where they are not the committed ones.</summary>
    private static int Opened(IEnumerable<TailItem> tails, OrderPass pass)
    {
        var tail = tails.Where(tail => tail.Next <= pass.Contiguous).MaxBy(tail => tail.Next);
        if (tail is null)
        {
            return 0;
        }

        var prefix = pass.Batches.Take((int)tail.Next).Select(batch => batch.Records).ToArray();
        return OrderCommitment.Opens(pass.Order.Commit, prefix, tail.Chain) ? prefix.Length : -1;
    }

    /// <summary>All of the pass's batches where they are the slices of the derived permutation, all of one size but the last, else -1.</summary>
    private static int Derived(RunFacts facts, OrderPass pass, long records)
    {
        var (size, visited) = (pass.BatchSize, pass.Order.Records);
        if (records > int.MaxValue || size < 1 || pass.Order.Batches != (visited + size - 1) / size)
        {
            return -1;
        }

        var lastLeftOut = visited < records && visited > records - size && visited % size == 0;
        if (visited != records && !lastLeftOut)
        {
            return -1;
        }

        var order = NonceOrder.Permutation(NonceOrder.Seed(facts.Root, facts.Nonce), pass.Order.Epoch, (int)records);
        foreach (var (position, batch, _) in pass.Batches)
        {
            var from = (int)(position * size);
            var slice = new ArraySegment<int>(order, from, (int)Math.Min(size, visited - from));
            if (!batch.SequenceEqual(slice))
            {
                return -1;
            }
        }

        return pass.Batches.Count;
    }

    private static OrderBinding NotBound(string why) =>
        new(Check.Of(CheckNames.OrderBound, false, why), new HashSet<int>());
}
