using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Torch;

[Collection(nameof(Torch))]
public sealed class GeneratorTests
{
    [Fact]
    public void One_seed_gives_one_sequence()
    {
        using var scope = NewDisposeScope();
        using var first = new Generator(5);
        using var second = new Generator(5);
        using var other = new Generator(6);
        var numbers = randn([8], generator: first).ToArray<float>();
        Assert.Equal(numbers, randn([8], generator: second).ToArray<float>());
        Assert.NotEqual(numbers, randn([8], generator: other).ToArray<float>());
        Assert.NotEqual(numbers, randn([8], generator: first).ToArray<float>());
        first.manual_seed(5);
        Assert.Equal(numbers, randn([8], generator: first).ToArray<float>());
    }

    [Fact]
    public void A_generator_leaves_the_default_one_alone()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var expected = rand([4]).ToArray<float>();
        manual_seed(1);
        using var own = new Generator(9);
        rand([4], generator: own);
        Assert.Equal(expected, rand([4]).ToArray<float>());
    }

    [Fact]
    public void Goes_on_from_a_kept_state_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        using var generator = Generator.Default();
        manual_seed(4);
        randn([3]);
        var state = generator.get_state();
        var expected = nn.functional.dropout(ones([50])).ToArray<float>();
        randn([100]);
        generator.set_state(state);
        Assert.Equal(expected, nn.functional.dropout(ones([50])).ToArray<float>());
    }

    [Fact]
    public void Refuses_bytes_that_are_no_state()
    {
        using var generator = new Generator(1);
        Assert.Throws<TorchException>(() => generator.set_state(new byte[7]));
        Assert.Throws<TorchException>(() => generator.set_state([]));
        generator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => generator.get_state());
    }

    [Fact]
    public void Generators_count_as_handles()
    {
        var before = live_handles;
        var generator = new Generator(1);
        Assert.Equal(before + 1, live_handles);
        generator.Dispose();
        Assert.Equal(before, live_handles);
    }
}
