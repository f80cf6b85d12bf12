using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Verification;

namespace Lace.Tests.Evidence.Verification;

/// <summary>Ways to pick, under an order that the nonce sets, batches that fit losses of something else.</summary>
public sealed class NonceChoicesTests
{
    [Theory]
    [InlineData(5, true)]
    [InlineData(20, false)]
    public void Batches_cannot_be_passed_over_to_find_some_that_fit(int skipped, bool bound)
    {
        var run = new TrainedRun(BatchOrder.Nonce, epochs: 1);
        run.Points.RemoveRange(50, skipped);
        Expect(run, bound, "passed over");
    }

    [Fact]
    public void The_size_of_each_batch_is_not_the_clients_to_choose()
    {
        var run = new TrainedRun(BatchOrder.Nonce, epochs: 1);
        var permutation = Permutation(0);
        for (var i = 0; i < TrainedRun.Batches; i++)
        {
            // 7, 9, 7, 9, …: as many batches and records as announced.
            var from = (8 * i) + (i % 2 == 0 ? 0 : -1);
            Claim(run, i, new MicroBatch(permutation[from..(from + (i % 2 == 0 ? 7 : 9))], 0, i));
        }

        Expect(run, false, "not those that the server's nonce sets");
    }

    [Fact]
    public void A_full_batch_cannot_be_left_out_at_the_end()
    {
        var run = new TrainedRun(BatchOrder.Nonce, epochs: 1);
        run.Orders[0] = run.Orders[0][..^1];
        run.Points.RemoveAt(run.Points.Count - 1);
        Expect(run, false, "not those that the server's nonce sets");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Micro_batches_are_joined_to_points_by_one_rule(bool regular, bool bound)
    {
        var run = new TrainedRun(BatchOrder.Nonce, epochs: 1);
        var batches = run.Points.ConvertAll(point => point.Batch![0]);
        var points = run.Points.ToArray();
        run.Points.Clear();
        for (var i = 0; i < batches.Count; )
        {
            var joined = Math.Min(regular ? 3 : 1 + (i % 3), batches.Count - i);
            run.Points.Add(points[i] with { Batch = batches.GetRange(i, joined) });
            i += joined;
        }

        Expect(run, bound, "grouping");
    }

    [Fact]
    public void An_earlier_pass_is_not_taken_up_again()
    {
        var run = new TrainedRun(BatchOrder.Nonce);
        run.ExtraOrders.Add(new OrderItem(1, TrainedRun.Records, TrainedRun.Batches, CommitOf(run, 1)));
        var late = run.Points[199];
        run.Points.RemoveAt(199);
        run.Points.Insert(250, late);
        Expect(run, false, "Epoch 0 is logged again");
    }

    [Fact]
    public void Passes_cannot_be_broken_off_to_begin_one_that_fits_better()
    {
        var run = new TrainedRun(BatchOrder.Nonce, epochs: 1);
        for (var e = 0; e < 40; e++)
        {
            Claim(run, e, new MicroBatch(Permutation(e)[..TrainedRun.BatchSize], e, 0));
            run.ExtraOrders.Add(new OrderItem(e, TrainedRun.Records, TrainedRun.Batches, CommitOf(run, 0)));
        }

        run.Points.RemoveRange(40, 160);
        Expect(run, false, "not to their end");
    }

    [Fact]
    public void An_empty_batch_is_none_of_the_order()
    {
        var run = new TrainedRun(BatchOrder.Nonce, epochs: 1);
        Claim(run, 0, new MicroBatch([], 0, 0));
        Expect(run, false, "not those that the server's nonce sets");
    }

    private static void Expect(TrainedRun run, bool bound, string reason)
    {
        var result = run.Verify();
        if (bound)
        {
            Checked.Passed(result, CheckNames.OrderBound);
        }
        else
        {
            Checked.Failed(result, CheckNames.OrderBound, reason);
            Assert.NotEqual("CONSISTENT", result.Verdict);
        }
    }

    private static void Claim(TrainedRun run, int point, MicroBatch batch) =>
        run.Points[point] = run.Points[point] with { Batch = [batch] };

    private static int[] Permutation(int epoch) =>
        NonceOrder.Permutation(NonceOrder.Seed(TrainedRun.Root, TrainedRun.Nonce), epoch, TrainedRun.Records);

    private static Lace.Evidence.Transparency.MerkleHash CommitOf(TrainedRun run, int epoch) =>
        OrderCommitment.Chain(run.Orders[epoch])[0];
}
