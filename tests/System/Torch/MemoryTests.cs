using Lace.Torch;

namespace Lace.SystemTests.Torch;

[Collection(nameof(Torch))]
public sealed class MemoryTests
{
    [Fact]
    public void Data_are_the_elements_themselves()
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.zeros([2, 3]);
        tensor.data<float>()[4] = 7;
        Assert.Equal([0f, 0, 0, 0, 7, 0], tensor.ToArray<float>());
        Assert.Equal([0f, 0, 0, 7, 0, 0], tensor.t().ToArray<float>());
    }

    [Fact]
    public void Memory_of_the_caller_is_not_copied()
    {
        var memory = new float[6];
        using var scope = torch.NewDisposeScope();
        var row = torch.from_memory<float>(memory, [2, 3]).select(0, 1);
        memory[4] = 5;
        Assert.Equal([0f, 5, 0], row.ToArray<float>());
        row.add_(1);
        Assert.Equal([0f, 0, 0, 1, 6, 1], memory);
    }

    [Fact]
    public void Memory_is_let_go_with_the_last_tensor_over_it()
    {
        var view = Lend(out var lent);
        Assert.False(Collected(lent), "A view is left.");
        Assert.Equal(3f, view.ToSingle());
        view.Dispose();
        Assert.True(Collected(lent), "Nothing uses the memory any more.");

        static Tensor Lend(out WeakReference lent)
        {
            var memory = new float[] { 1, 2, 3 };
            lent = new WeakReference(memory);
            using var scope = torch.NewDisposeScope();
            return torch.from_memory<float>(memory, [3]).select(0, 2).DetachFromDisposeScope();
        }
    }

    [Fact]
    public void Memory_is_let_go_where_no_tensor_comes_of_it()
    {
        Assert.True(Collected(Fail()));

        static WeakReference Fail()
        {
            var memory = new float[3];
            using var scope = torch.NewDisposeScope();
            Assert.Throws<TorchException>(() => torch.from_memory<float>(memory, [4]));
            Assert.Throws<TorchException>(() => torch.from_memory<float>(memory, [-3]));
            Assert.Throws<TorchException>(() => torch.from_memory<float>(memory, [1L << 62, 1L << 62]));
            return new WeakReference(memory);
        }
    }

    [Fact]
    public void Every_dtype_comes_back_as_it_went()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Equal([1.5f, -2], torch.tensor<float>([1.5f, -2]).ToArray<float>());
        Assert.Equal([long.MaxValue, -1], torch.tensor<long>([long.MaxValue, -1]).ToArray<long>());
        Assert.Equal([true, false], torch.tensor<bool>([true, false]).ToArray<bool>());
        var bits = torch.tensor<ushort>([0x3f80, 0xc000]);
        Assert.Equal(ScalarType.BFloat16, bits.dtype);
        Assert.Equal([1f, -2], bits.to(ScalarType.Float32).ToArray<float>());
        Assert.Equal([0x3f80, 0xc000], bits.ToArray<ushort>());
        Assert.Equal(long.MaxValue - 1, (torch.tensor<long>([long.MaxValue]) - 1).ToInt64());
        Assert.Empty(torch.tensor<float>([]).ToArray<float>());
    }

    [Fact]
    public void Says_what_it_is()
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.zeros([2, 3], ScalarType.Int64).t();
        Assert.Equal([3L, 2], tensor.shape);
        Assert.Equal([1L, 3], tensor.stride);
        Assert.Equal((2, 6L, 2L), (tensor.dim, tensor.numel, tensor.size(-1)));
        Assert.Equal((ScalarType.Int64, torch.CPU, false), (tensor.dtype, tensor.device, tensor.is_contiguous));
        Assert.Equal("[3, 2], Int64, cpu", tensor.ToString());
        Assert.Equal(new Device(DeviceType.CUDA, 3), Device.Parse("cuda:3"));
        Assert.Throws<FormatException>(() => Device.Parse("cuda:x"));
    }

    [Fact]
    public void Refuses_another_type_and_another_number_of_elements()
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.zeros([2]);
        Assert.Throws<ArgumentException>(() => tensor.ToArray<long>());
        Assert.Throws<ArgumentException>(() => tensor.ToArray<int>());
        Assert.Throws<ArgumentException>(() => tensor.data<ushort>());
        Assert.Throws<ArgumentException>(() => tensor.CopyTo<float>(new float[3]));
        Assert.Throws<TorchException>(() => torch.tensor<float>(new float[3], [2]));
    }

    private static bool Collected(WeakReference memory)
    {
        for (var i = 0; i < 10 && memory.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return !memory.IsAlive;
    }
}
