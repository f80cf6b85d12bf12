using Lace.Evidence.LossLog;
using Lace.Evidence.Verification;

namespace Lace.Tests.Evidence.Verification;

/// <summary>When the order of the batches counts as fixed before the losses.</summary>
public sealed class OrderBindingTests
{
    [Fact]
    public void A_streamed_order_is_not_bound_and_caps_the_grade()
    {
        var result = new TrainedRun(BatchOrder.Streamed).Verify();
        Assert.Equal("INCONCLUSIVE", result.Verdict);
        Assert.Equal("weak", result.Statistic!.GradeCap);
        Assert.Equal("NONE", result.Correlation!.Verdict);
        Checked.Failed(result, CheckNames.OrderBound, "came with their losses");
        Checked.Failed(result, CheckNames.Trajectory, "capped");
        Assert.Equal(2, result.Level);
    }

    [Fact]
    public void A_commitment_after_the_losses_binds_nothing()
    {
        var result = new TrainedRun { CommitAfterLoss = true }.Verify();
        Checked.Failed(result, CheckNames.OrderBound, "earlier segment");
        Assert.Equal("INCONCLUSIVE", result.Verdict);
    }

    [Theory]
    [InlineData(BatchOrder.Epoch, "do not open")]
    [InlineData(BatchOrder.Nonce, "not those that the server's nonce sets")]
    public void An_order_chosen_afterwards_is_found(BatchOrder order, string reason)
    {
        var run = new TrainedRun(order);
        var (a, b) = (run.Points[40].Batch![0], run.Points[90].Batch![0]);
        run.Points[40] = run.Points[40] with { Batch = [a with { Records = b.Records }] };
        run.Points[90] = run.Points[90] with { Batch = [b with { Records = a.Records }] };
        var result = run.Verify();
        Checked.Failed(result, CheckNames.OrderBound, reason);
        Assert.Equal("INCONCLUSIVE", result.Verdict);
    }

    [Fact]
    public void The_order_of_another_nonce_is_found()
    {
        var run = new TrainedRun(BatchOrder.Nonce);
        run.Facts = run.Facts with { Nonce = run.Facts.Root };
        Checked.Failed(run.Verify(), CheckNames.OrderBound, "nonce");
    }

    [Fact]
    public void A_commitment_that_is_never_opened_binds_nothing() =>
        Checked.Failed(new TrainedRun { WithTails = false }.Verify(), CheckNames.OrderBound, "0 of 400 points");

    [Fact]
    public void A_few_points_after_the_last_tail_are_left_out_and_the_rest_counts()
    {
        var result = new TrainedRun { TailAt = TrainedRun.Batches - 5 }.Verify();
        var check = Checked.Passed(result, CheckNames.OrderBound);
        Assert.Contains("390 of 400", check.Detail, StringComparison.Ordinal);
        Assert.Equal("CONSISTENT", result.Verdict);
        Assert.Equal(370, result.Statistic!.N);
    }

    [Fact]
    public void Many_points_after_the_last_tail_are_not_bound() =>
        Checked.Failed(
            new TrainedRun { TailAt = TrainedRun.Batches - 10 }.Verify(),
            CheckNames.OrderBound,
            "380 of 400"
        );

    [Fact]
    public void Points_that_exchange_their_places_are_found()
    {
        var run = new TrainedRun(BatchOrder.Nonce);
        (run.Points[50], run.Points[51]) = (
            run.Points[50] with
            {
                Batch = run.Points[51].Batch,
            },
            run.Points[51] with
            {
                Batch = run.Points[50].Batch,
            }
        );
        Checked.Failed(run.Verify(), CheckNames.OrderBound, "out of turn");
    }

    [Fact]
    public void Two_orders_for_one_epoch_bind_nothing()
    {
        var run = new TrainedRun();
        run.ExtraOrders.Add(new OrderItem(0, TrainedRun.Records, TrainedRun.Batches, TrainedRun.Nonce));
        Checked.Failed(run.Verify(), CheckNames.OrderBound, "Two orders");
    }

    [Theory]
    [InlineData(19, true)]
    [InlineData(20, false)]
    public void Epoch_numbers_are_not_the_clients_to_choose(int epoch, bool bound)
    {
        // Two epochs are used, 16 more may be left out.
        var run = new TrainedRun(BatchOrder.Nonce);
        run.ExtraOrders.Add(Announced(epoch, TrainedRun.Records));
        var result = run.Verify();
        if (bound)
        {
            Checked.Passed(result, CheckNames.OrderBound);
        }
        else
        {
            Checked.Failed(result, CheckNames.OrderBound, "searched for");
        }
    }

    [Fact]
    public void Many_orders_announced_and_not_used_look_like_a_search_unless_they_are_of_other_data()
    {
        var run = new TrainedRun(BatchOrder.Nonce, epochs: 1);
        run.ExtraOrders.AddRange(Enumerable.Range(1, 18).Select(e => Announced(e, TrainedRun.Records)));
        Checked.Failed(run.Verify(), CheckNames.OrderBound, "searched for");
        run.ExtraOrders.Clear();
        run.ExtraOrders.AddRange(Enumerable.Range(1, 100).Select(e => Announced(e, TrainedRun.Records / 10)));
        Checked.Passed(run.Verify(), CheckNames.OrderBound);
    }

    [Fact]
    public void The_last_short_batch_may_be_left_out_of_the_order_of_the_nonce()
    {
        var run = new TrainedRun(BatchOrder.Nonce, epochs: 1);
        run.Orders[0] = [.. run.Orders[0].SelectMany(batch => batch).Chunk(9).Where(batch => batch.Length == 9)];
        run.Points.RemoveRange(run.Orders[0].Length, run.Points.Count - run.Orders[0].Length);
        for (var k = 0; k < run.Points.Count; k++)
        {
            run.Points[k] = run.Points[k] with { Batch = [new(run.Orders[0][k], 0, k)] };
        }

        Checked.Passed(run.Verify(), CheckNames.OrderBound);
    }

    private static OrderItem Announced(int epoch, long records) =>
        new(epoch, records, TrainedRun.Batches, TrainedRun.Nonce);
}
