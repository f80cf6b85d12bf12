using Lace.SystemTests.Platform.Children;
using Lace.SystemTests.Torch.Private;
using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Torch;

[Collection(nameof(Torch))]
public sealed class TrainingTests
{
    /// <param name="program">Trains plainly, or privately.</param>
    /// <param name="handles">Of the weights, and of what the book and the optimizer own.</param>
    [Theory]
    [InlineData(nameof(TinyTraining), 3)]
    [InlineData(nameof(TinyPrivateTraining), 21)]
    public async Task Ten_thousand_steps_leave_handles_and_memory_where_they_were(string program, double handles)
    {
        using var child = Child.Start(program);
        var rows = (await child.SuccessAsync())
            .Select(line => line.Split(' ').Select(double.Parse).ToArray())
            .ToArray();
        var resident = string.Join(", ", rows.Select(row => row[1]));
        TestContext.Current.TestOutputHelper!.WriteLine($"resident {resident} kB, loss {rows[0][2]} to {rows[^1][2]}");
        Assert.Equal(Enumerable.Repeat(handles, 7), rows.Select(row => row[0]));

        // The runtime's own heap grows now and then; a leak grows in every window, by 800 kB where a step leaves one tensor.
        var growth = rows[2..].Zip(rows[1..], (late, early) => late[1] - early[1]).ToList();
        Assert.True(growth.Min() < 256 && growth.Sum() < 16_384, $"Resident memory went {resident} kB.");
        Assert.True(rows[^1][2] < 0.1 * rows[0][2], "It learned nothing.");
    }

    [Fact]
    public void Gradients_accumulate_until_they_are_taken_away()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3).requires_grad_();
        Assert.Null(x.grad);
        (x * x).backward();
        (x * x).backward();
        Assert.Equal(12f, x.grad!.ToSingle());
        x.grad = ones_like(x);
        Assert.Equal(1f, x.grad!.ToSingle());
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void Gradients_of_gradients()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2).requires_grad_();
        var first = autograd.grad(x.pow(3), [x], create_graph: true)[0]!;
        var second = autograd.grad(first, [x])[0]!;
        Assert.Equal((12f, 12f), (first.ToSingle(), second.ToSingle()));
        Assert.Null(x.grad);
    }

    [Fact]
    public void Nothing_is_recorded_where_gradients_are_off_and_only_there()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2).requires_grad_();
        using (no_grad())
        {
            Assert.False((x * x).requires_grad);
            using (enable_grad())
            {
                Assert.True((x * x).requires_grad);
            }

            Assert.False(is_grad_enabled());
            var elsewhere = false;
            var thread = new Thread(() => elsewhere = is_grad_enabled());
            thread.Start();
            thread.Join();
            Assert.True(elsewhere);
        }

        Assert.True((x * x).requires_grad);
        Assert.True(x.is_leaf);
        Assert.False((x * x).is_leaf);
    }
}
