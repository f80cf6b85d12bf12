using Lace.SystemTests.Platform;
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
    public void Padding_adds_nothing_to_a_clipped_sum(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        using var book = new GradientBook([.. model.Trainable.Select(parameter => parameter.Tensor)]);
        var texts = new[] { 12, 9, 5 }.Select((length, i) => Small.Tokens(3, length)[i]).ToArray();
        float[][] Sums() => [.. book.sums.Select(sum => sum.ToArray<float>())];

        foreach (var text in texts)
        {
            book.begin(1);
            Losses(model.Forward(Matrix([text]), null, book), Matrix([text])).sum().backward();
            book.finish(new Clipping.Flat(0.5));
        }

        var alone = Sums();
        foreach (var isLeft in new[] { true, false })
        {
            book.zero_sums();
            book.begin(texts.Length);
            long[][] padded = [.. texts.Select(text => Pad(text, 3, 12, isLeft))];
            var mask = Matrix([.. texts.Select(text => Pad([.. text.Select(_ => 1L)], 0, 12, isLeft))]);
            var logits = model.Forward(Matrix(padded), mask, book);
            var losses = texts.Select(
                (text, i) =>
                    Losses(logits.narrow(0, i, 1).narrow(1, isLeft ? 12 - text.Length : 0, text.Length), Matrix([text]))
            );
            cat([.. losses]).sum().backward();
            book.finish(new Clipping.Flat(0.5));
            foreach (var (one, padding) in alone.Zip(Sums()))
            {
                AssertClose(one.Select(value => (double)value), padding, 1e-5, name);
            }
        }
    }

    [Theory]
    [InlineData("llama", false)]
    [InlineData("qwen3", false)]
    [InlineData("gpt2", false)]
    [InlineData("llama", true)]
    [InlineData("gpt2", true)]
    public void Clipped_sums_in_bfloat16_are_near_those_in_float32(string name, bool hasAdapter)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var made = Model(name);
        made.SavePretrained(folder.Path);
        double[] Sum(ScalarType type)
        {
            using var model = CausalModel.Load(folder.Path, type, CPU);
            if (hasAdapter)
            {
                model.AddLora(Lora.On(model.Config), 1);
                Lora.Disturb(model);
            }

            using var book = new GradientBook([.. model.Trainable.Select(parameter => parameter.Tensor)]);
            var ids = Matrix(Small.Tokens(3, 12));
            book.begin(3);
            Losses(model.Forward(ids, null, book), ids).sum().backward();
            Assert.Equal(0, book.finish(new Clipping.Automatic(1)).Masked);
            return [.. book.sums.SelectMany(sum => sum.ToArray<float>()).Select(value => (double)value)];
        }

        var (narrow, wide) = (Sum(ScalarType.BFloat16), Sum(ScalarType.Float32));
        var off = Math.Sqrt(narrow.Zip(wide, (a, b) => (a - b) * (a - b)).Sum() / wide.Sum(value => value * value));
        Assert.InRange(off, 0, 0.08);
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

    private static long[] Pad(long[] row, long padding, int length, bool isLeft)
    {
        var pad = Enumerable.Repeat(padding, length - row.Length);
        return isLeft ? [.. pad, .. row] : [.. row, .. pad];
    }

    private static void AssertSame(float[] expected, Tensor actual) =>
        AssertClose(expected.Select(value => (double)value), actual.contiguous().ToArray<float>(), 2e-5, "logits");
}
