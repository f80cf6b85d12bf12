using Lace.Torch;
using Lace.Worker.Models;
using static Lace.SystemTests.Models.Numbers;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Models;

/// <summary>Padding, other examples and the cache change nothing about a text's logits.</summary>
[Collection(nameof(Torch))]
public sealed class AttentionTests
{
    private const int Length = 14;

    public static TheoryData<string> Models => [.. Small.Names];

    [Theory]
    [MemberData(nameof(Models))]
    public void Padding_on_either_side_and_other_rows_change_nothing(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        var text = Small.Tokens(1, Length)[0];
        var alone = model.Forward(Matrix([text]), null, null).ToArray<float>();
        foreach (var padding in new[] { 1L, 17L })
        {
            long[] left = [padding, padding, padding, .. text];
            long[] right = [.. text, padding, padding, padding];
            var other = Small.Tokens(3, Length + 3)[2];
            long[] kept = [.. Enumerable.Repeat(1L, Length)];
            var mask = Matrix([
                [0, 0, 0, .. kept],
                [.. kept, 0, 0, 0],
                [.. kept, 1, 1, 1],
            ]);
            var logits = model.Forward(Matrix([left, right, other]), mask, null);
            AssertSame(alone, logits.select(0, 0).narrow(0, 3, Length));
            AssertSame(alone, logits.select(0, 1).narrow(0, 0, Length));
            Assert.True(logits.isfinite().all().ToBoolean());
            var unmasked = model.Forward(Matrix([right, other]), null, null);
            AssertSame(alone, unmasked.select(0, 0).narrow(0, 0, Length));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_row_that_is_all_padding_spoils_no_gradient(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        model.RequireGradients(true);
        var mask = Matrix([
                [1, 1, 1, 1],
                [0, 0, 0, 0],
            ])
            .ne(0);
        model.Forward(Matrix(Small.Tokens(2, 4)), mask, null).select(0, 0).sum().backward();
        Assert.All(model.Trainable, parameter => Assert.True(parameter.Tensor.grad!.isfinite().all().ToBoolean()));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_cache_gives_the_logits_of_the_whole_text(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        var ids = Matrix(Small.Tokens(2, Length));
        var whole = model.Forward(ids, null, null);
        using var cache = model.NewCache(rows: 2, Length);
        var parts = new List<Tensor>();
        foreach (var (start, count) in new[] { (0, 1), (1, 6), (7, 1), (8, 6) })
        {
            parts.Add(model.Next(ids.narrow(1, start, count), cache));
        }

        AssertSame(whole.ToArray<float>(), cat([.. parts], 1));
        Assert.Throws<InvalidOperationException>(() => model.Next(ids.narrow(1, 0, 1), cache));

        using var first = model.NewCache(rows: 1, Length);
        model.NextLast(ids.narrow(0, 1, 1).narrow(1, 0, Length - 1), first);
        using var repeated = first.Repeat(3);
        var last = ids.narrow(0, 1, 1).narrow(1, Length - 1, 1).repeat_interleave(3, 0);
        var expected = whole.select(0, 1).select(0, Length - 1).ToArray<float>();
        AssertSame([.. expected, .. expected, .. expected], model.NextLast(last, repeated));
    }

    [Fact]
    public void Refuses_more_tokens_than_there_are_positions()
    {
        using var scope = NewDisposeScope();
        using var model = Model("gpt2");
        Assert.Throws<ArgumentException>(() => model.Forward(Matrix(Small.Tokens(1, 65)), null, null));
        Assert.Throws<ArgumentException>(() => model.NewCache(1, 65));
    }

    [Fact]
    public void Leaves_no_tensor_behind()
    {
        var before = live_handles;
        using (NewDisposeScope())
        {
            using var model = Model("qwen3");
            model.AddLora(Lora.On(model.Config), 1);
            var held = live_handles;
            for (var i = 0; i < 3; i++)
            {
                using var step = NewDisposeScope();
                var ids = Matrix(Small.Tokens(2, 5 + i));
                model.Forward(ids, ids.ne(0), null);
                using var cache = model.NewCache(2, 8);
                model.Next(ids, cache);
            }

            Assert.Equal(held + 2, live_handles); // the table of angles, which the first pass made
        }

        Assert.Equal(before, live_handles);
    }

    private static CausalModel Model(string name) =>
        CausalModel.Initialize(Small.Config(name), ScalarType.Float32, CPU, seed: 6);

    private static void AssertSame(float[] expected, Tensor actual) =>
        AssertClose(expected.Select(value => (double)value), actual.contiguous().ToArray<float>(), 2e-5, "logits");
}
