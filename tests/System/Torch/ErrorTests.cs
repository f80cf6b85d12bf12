using Lace.Torch;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.SystemTests.Torch;

/// <summary>What libtorch refuses is an exception with its message; nothing ends the process.</summary>
[Collection(nameof(Torch))]
public sealed class ErrorTests
{
    private static readonly (string What, Func<Tensor> Made, string Message)[] Refused =
    [
        ("matmul of other shapes", () => zeros([2, 3]).matmul(zeros([2, 3])), "cannot be multiplied"),
        ("linear of other shapes", () => F.linear(zeros([2, 3]), zeros([4, 5])), "cannot be multiplied"),
        ("add of other shapes", () => zeros([2, 3]) + zeros([4]), "must match the size"),
        ("in place of other shapes", () => zeros([2]).add_(zeros([3])), "must match the size"),
        ("view of other sizes", () => zeros([2, 3]).view(4), "invalid for input of size"),
        ("negative size", () => empty([-2]), "negative"),
        ("more than there is", () => empty([1L << 50]), "memory"),
        ("sizes that overflow", () => empty([1L << 40, 1L << 40]), "overflow"),
        ("dimension too high", () => zeros([2]).select(3, 0), "out of range"),
        ("index too high", () => zeros([2]).select(0, 2), "out of range"),
        (
            "token out of the vocabulary",
            () => F.embedding(full([2], 9, ScalarType.Int64), zeros([4, 2])),
            "out of range"
        ),
        (
            "target out of the classes",
            () => F.cross_entropy(zeros([2, 3]), full([2], 3, ScalarType.Int64)),
            "out of bounds"
        ),
        ("gather out of bounds", () => zeros([3]).gather(0, full([1], 3, ScalarType.Int64)), "out of bounds"),
        ("matmul of other dtypes", () => zeros([2, 2]).matmul(zeros([2, 2], ScalarType.Int64)), "scalar type"),
        ("indices that are floats", () => F.embedding(zeros([2]), zeros([4, 2])), "scalar type"),
        ("a result that does not fit", () => zeros([2], ScalarType.Int64).add_(full([2], 0.5)), "can't be cast"),
        ("mean of whole numbers", () => zeros([2], ScalarType.Int64).mean(), "dtype"),
        ("dtype that is none", () => zeros([2], (ScalarType)99), "dtype 99"),
        ("dtype that is not ours", () => zeros([2], (ScalarType)7), "dtype 7"),
        ("device that is none", () => zeros([2], device: new Device((DeviceType)9)), "device type 9"),
        ("missing tensor", () => zeros([2]).add((Tensor)null!), "missing"),
        ("cat of nothing", () => cat([]), "non-empty"),
        ("gradient of a gradientless", () => Do(() => zeros([1]).backward()), "does not require grad"),
        ("gradient of no scalar", () => Do(() => zeros([2]).requires_grad_().mul(2).backward()), "scalar"),
        ("backward twice", () => Do(() => Twice(zeros([1]).requires_grad_().pow(2))), "second time"),
        ("gradient of whole numbers", () => zeros([1], ScalarType.Int64).requires_grad_(), "floating point"),
        ("gradient of another shape", () => Do(() => zeros([2]).requires_grad_().grad = zeros([3])), "shape"),
        ("leaf changed in place", () => zeros([2]).requires_grad_().add_(1), "leaf"),
        ("gradient of an unused input", () => Unused(), "not have been used"),
        ("one element of many", () => Do(() => zeros([2]).ToSingle()), "2 elements"),
        ("memory out of order", () => Do(() => zeros([2, 3]).t().data<float>()), "not contiguous"),
        ("no chunks", () => zeros([2]).chunk(0)[0], "chunk"),
        ("probability above one", () => F.dropout(zeros([2]), 1.5), "probability"),
        ("weights that are negative", () => multinomial(full([3], -1), 1), "probability"),
        ("threads below one", () => Do(() => set_num_threads(0)), "positive"),
    ];

    public static TheoryData<string> Names => [.. Refused.Select(refused => refused.What)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_an_exception_with_the_reason(string what)
    {
        var (_, made, message) = Refused.Single(refused => refused.What == what);
        var before = live_handles;
        using (NewDisposeScope())
        {
            var refusal = Assert.Throws<TorchException>(made);
            Assert.Contains(message, refusal.Message, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("frame #", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, live_handles);
    }

    [Fact]
    public void A_freed_tensor_is_refused_everywhere()
    {
        using var scope = NewDisposeScope();
        var (freed, alive) = (zeros([2, 2]), zeros([2, 2]));
        freed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => freed + alive);
        Assert.Throws<ObjectDisposedException>(() => alive + freed);
        Assert.Throws<ObjectDisposedException>(() => alive.add_(freed));
        Assert.Throws<ObjectDisposedException>(() => cat([alive, freed]));
        Assert.Throws<ObjectDisposedException>(() => freed.numel);
        Assert.Throws<ObjectDisposedException>(() => freed.ToArray<float>());
        Assert.Throws<ObjectDisposedException>(() => freed.DetachFromDisposeScope());
        Assert.Equal("a freed tensor", freed.ToString());
    }

    [Fact]
    public void A_device_that_is_not_there_is_refused()
    {
        Assert.SkipWhen(cuda.is_available(), "This machine has a CUDA device.");
        using var scope = NewDisposeScope();
        Assert.Throws<TorchException>(() => zeros([2], device: CUDA));
        Assert.Throws<TorchException>(() => zeros([2]).to(CUDA));
    }

    private static Tensor Do(Action action)
    {
        action();
        return null!;
    }

    private static void Twice(Tensor output)
    {
        output.backward();
        output.backward();
    }

    private static Tensor Unused()
    {
        var (used, unused) = (zeros([1]).requires_grad_(), zeros([1]).requires_grad_());
        Assert.Null(autograd.grad(used * 2, [used, unused], allow_unused: true)[1]);
        return autograd.grad(used * 2, [used, unused])[1]!;
    }
}
