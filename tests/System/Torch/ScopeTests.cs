using Lace.Torch;

namespace Lace.SystemTests.Torch;

[Collection(nameof(Torch))]
public sealed class ScopeTests
{
    [Fact]
    public void Refuses_a_tensor_outside_every_scope_and_keeps_no_handle()
    {
        var before = torch.live_handles;
        Assert.Throws<InvalidOperationException>(() => torch.zeros([2]));
        Assert.Equal(before, torch.live_handles);
    }

    [Fact]
    public void Refuses_several_tensors_outside_every_scope_and_keeps_no_handle()
    {
        var before = torch.live_handles;
        var scope = torch.NewDisposeScope();
        using var tensor = torch.arange(6).DetachFromDisposeScope();
        scope.Dispose();
        Assert.Throws<InvalidOperationException>(() => tensor.topk(2));
        Assert.Throws<InvalidOperationException>(() => tensor.chunk(3));
        Assert.Equal(before + 1, torch.live_handles);
    }

    [Fact]
    public void Frees_what_was_made_inside()
    {
        var before = torch.live_handles;
        Tensor inside;
        using (var scope = torch.NewDisposeScope())
        {
            inside = torch.zeros([2]) + 1;
            Assert.Equal(2, scope.Count);
            Assert.Equal(before + 2, torch.live_handles);
        }

        Assert.Equal(before, torch.live_handles);
        Assert.False(inside.IsAlive);
        Assert.Throws<ObjectDisposedException>(() => inside.shape);
    }

    [Fact]
    public void The_inner_of_two_frees_its_own_and_leaves_what_was_moved_out()
    {
        using var outer = torch.NewDisposeScope();
        var first = torch.zeros([1]);
        Tensor lost,
            moved;
        using (torch.NewDisposeScope())
        {
            lost = first + 1;
            moved = (first + 2).MoveToOuterDisposeScope();
        }

        Assert.False(lost.IsAlive);
        Assert.Equal(2f, moved.ToSingle());
        Assert.Equal(0f, first.ToSingle());
        Assert.Throws<InvalidOperationException>(() => moved.MoveToOuterDisposeScope());
    }

    [Fact]
    public void Frees_when_an_exception_leaves_through_it()
    {
        var before = torch.live_handles;
        Assert.Throws<TorchException>(() =>
        {
            using var outer = torch.NewDisposeScope();
            using var inner = torch.NewDisposeScope();
            var a = torch.zeros([2, 3]);
            using (torch.no_grad())
            {
                a.matmul(a);
            }
        });
        Assert.Equal(before, torch.live_handles);
        Assert.True(torch.is_grad_enabled());
        Assert.Throws<InvalidOperationException>(() => torch.zeros([2]));
    }

    [Fact]
    public void Frees_what_a_scope_inside_left_undone()
    {
        var before = torch.live_handles;
        using (torch.NewDisposeScope())
        {
            torch.NewDisposeScope();
            torch.zeros([2]);
            torch.NewDisposeScope();
            torch.zeros([2]);
        }

        Assert.Equal(before, torch.live_handles);
    }

    [Fact]
    public void A_tensor_disposed_early_leaves_the_others()
    {
        using var scope = torch.NewDisposeScope();
        var made = Enumerable.Range(0, 100).Select(i => torch.tensor(i)).ToList();
        for (var i = 0; i < 100; i += 3)
        {
            made[i].Dispose();
            made[i].Dispose();
        }

        Assert.Equal(66, scope.Count);
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(i % 3 != 0, made[i].IsAlive));
        Assert.Equal(97f, made[97].ToSingle());
    }

    [Fact]
    public void A_detached_tensor_outlives_its_scope_until_it_is_disposed()
    {
        var before = torch.live_handles;
        Tensor kept;
        using (torch.NewDisposeScope())
        {
            kept = torch.ones([3]).DetachFromDisposeScope();
        }

        Assert.Equal([1f, 1f, 1f], kept.ToArray<float>());
        using (torch.NewDisposeScope())
        {
            kept.AttachToDisposeScope();
            Assert.Throws<InvalidOperationException>(() => kept.AttachToDisposeScope());
        }

        Assert.False(kept.IsAlive);
        Assert.Equal(before, torch.live_handles);
    }

    [Fact]
    public void The_garbage_collector_frees_a_detached_tensor_that_nobody_holds()
    {
        var before = torch.live_handles;
        Lose();
        for (var i = 0; i < 50 && torch.live_handles > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(before, torch.live_handles);

        static void Lose()
        {
            using var scope = torch.NewDisposeScope();
            torch.ones([3]).DetachFromDisposeScope();
        }
    }

    [Fact]
    public void Threads_have_scopes_of_their_own_and_share_tensors()
    {
        var before = torch.live_handles;
        torch.set_num_threads(1); // each of the four would bring its own otherwise
        using (torch.NewDisposeScope())
        {
            var weight = torch.randn([32, 32]);
            var expected = weight.matmul(weight).sum().ToSingle();
            var failures = 0;
            var threads = Enumerable.Range(0, 4).Select(_ => new Thread(Work)).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.Equal(0, failures);

            void Work()
            {
                for (var i = 0; i < 200; i++)
                {
                    using var scope = torch.NewDisposeScope();
                    var own = weight.detach().clone().requires_grad_();
                    own.matmul(weight).sum().backward();
                    var right =
                        Math.Abs(weight.matmul(weight).sum().ToSingle() - expected) <= 1e-3f * Math.Abs(expected);
                    var refused = false;
                    try
                    {
                        own.matmul(torch.zeros([i + 33, 2]));
                    }
                    catch (TorchException e)
                    {
                        refused = e.Message.Contains($"{i + 33}x2", StringComparison.Ordinal);
                    }

                    if (!right || !refused || own.grad is null)
                    {
                        Interlocked.Increment(ref failures);
                    }
                }
            }
        }

        Assert.Equal(before, torch.live_handles);
    }

    [Fact]
    public void Another_thread_cannot_free_what_a_scope_owns()
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.zeros([1]);
        Exception? refusal = null;
        var thread = new Thread(() => refusal = Record.Exception(tensor.Dispose));
        thread.Start();
        thread.Join();
        Assert.IsType<InvalidOperationException>(refusal);
        Assert.True(tensor.IsAlive);
    }
}
