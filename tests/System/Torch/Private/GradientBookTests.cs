using Lace.Torch;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.SystemTests.Torch.Private;

/// <summary>What a book promises beside its sums: sensitivity, masking, accumulation, and what it refuses.</summary>
[Collection(nameof(Torch))]
public sealed class GradientBookTests
{
    private const double C = 0.5;

    public static IEnumerable<TheoryDataRow<string, string, string>> Sensitivities =>
        from network in Network.Names
        from clipping in new[] { nameof(Clipping.Automatic), nameof(Clipping.Flat), nameof(Clipping.PerLayer) }
        from method in new[] { NormMethod.Instantiate, NormMethod.Ghost }
        select new TheoryDataRow<string, string, string>(network, clipping, $"{method}");

    /// <summary>With and without each record, in physical batches of two: the sums differ by the record's part alone, and by at most C.</summary>
    [Theory]
    [MemberData(nameof(Sensitivities))]
    public void One_record_changes_the_sums_by_at_most_C(string name, string kind, string method)
    {
        using var scope = NewDisposeScope();
        var network = Network.Make(name);
        using var book = new GradientBook(network.Trained);
        book.Force(Enum.Parse<NormMethod>(method));
        var all = Sums(network, book, kind, [0, 1, 2, 3, 4]);
        for (var left = 0; left < 5; left++)
        {
            var others = Sums(network, book, kind, [.. Enumerable.Range(0, 5).Where(b => b != left)]);
            var change = Math.Sqrt(all.Zip(others, (one, other) => Math.Pow(one - other, 2)).Sum());
            Assert.InRange(change, 0, C * (1 + 1e-5)); // the two sums were rounded
        }
    }

    /// <summary>Embeddings of one record cancel almost: a norm out of products of float32 would be noise, and its factor too large.</summary>
    [Fact]
    public void A_gradient_that_almost_cancels_is_clipped_by_its_own_norm()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var (weight, row) = (randn([6, 8]), randn([1, 1, 8]) * 1000);
        var x = row.expand(1, 4, 8).clone() + randn([1, 4, 8]) * 1e-3;
        var signs = tensor<float>([1, -1, 1, -1], [1, 4, 1]);
        foreach (var method in new[] { NormMethod.Instantiate, NormMethod.Ghost })
        {
            using var book = new GradientBook([weight]);
            book.Force(method);
            book.begin(1);
            (book.linear(x, weight) * signs).sum().backward();
            var batch = book.finish(new Clipping.Automatic(C, gamma: 1e-6));
            var exact = (signs * x).sum([1]).norm(2).ToSingle() * Math.Sqrt(6);
            Assert.Equal(1, batch.Norms[0] / exact, 1e-3);
            Assert.InRange(book.sums[0].norm(2).ToSingle(), 0.99 * C, 1.0001 * C);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void An_example_that_is_not_finite_is_left_out_and_spreads_nowhere(float bad)
    {
        foreach (var method in new[] { NormMethod.Instantiate, NormMethod.Ghost })
        {
            foreach (var name in Network.Names)
            {
                using var scope = NewDisposeScope();
                var network = Network.Make(name);
                using var book = new GradientBook(network.Trained);
                book.Force(method);
                var without = Sums(network, book, nameof(Clipping.Flat), [0, 1, 3, 4], together: true);
                var scales = Network.Scales;
                scales.data<float>()[2] = bad;
                book.zero_sums();
                book.begin(5);
                network.Losses(new Layers(book), network.Trained, network.Ids, scales).sum().backward();
                var batch = book.finish(new Clipping.Flat(C));
                Assert.Equal((1, 0f), (batch.Masked, batch.Factors[2]));
                Assert.True(float.IsNaN(batch.Norms[2]));
                var masked = book.sums.SelectMany(sum => sum.ToArray<float>()).ToArray();
                Assert.All(masked.Zip(without), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
            }
        }
    }

    [Fact]
    public void Physical_batches_of_any_size_add_up_and_an_empty_one_adds_nothing()
    {
        using var scope = NewDisposeScope();
        var network = Network.Make("decoder");
        using var book = new GradientBook(network.Trained);
        var once = Sums(network, book, nameof(Clipping.Automatic), [0, 1, 2, 3, 4], together: true);
        var pairs = Sums(network, book, nameof(Clipping.Automatic), [0, 1, 2, 3, 4]);
        Assert.All(once.Zip(pairs), pair => Assert.Equal(pair.Second, pair.First, 2e-6));

        book.begin(0);
        var batch = book.finish(new Clipping.Automatic(C));
        Assert.Empty(batch.Norms);
        Assert.Equal(pairs, Floats(book));

        book.begin(0);
        network
            .Losses(new Layers(book), network.Trained, network.Ids.narrow(0, 0, 0), Network.Scales.narrow(0, 0, 0))
            .sum()
            .backward();
        book.finish(new Clipping.Automatic(C));
        Assert.Equal(pairs, Floats(book));

        book.zero_sums();
        Assert.All(Floats(book), value => Assert.Equal(0f, value));
    }

    [Fact]
    public void Sums_are_float32_where_the_model_is_bfloat16()
    {
        using var scope = NewDisposeScope();
        manual_seed(9);
        var (wide, ids) = (randn([6, 8]) * 0.3, randint(0, 6, [3, 5]));
        var narrow = wide.to(ScalarType.BFloat16);
        var (a, b) = ((randn([2, 8]) * 0.3).to(ScalarType.BFloat16), (randn([8, 2]) * 0.3).to(ScalarType.BFloat16));
        var square = (randn([8, 8]) * 0.3).to(ScalarType.BFloat16);
        var scale = ones([8], ScalarType.BFloat16);
        foreach (var method in new[] { NormMethod.Instantiate, NormMethod.Ghost })
        {
            using var book = new GradientBook([narrow, a, b, scale]);
            book.Force(method);
            book.begin(3);
            var x = book.rms_norm(book.embedding(narrow, ids), scale);
            var logits = book.linear(book.lora(x, square, null, a, b, 1), narrow);
            F.cross_entropy(logits.to(ScalarType.Float32).transpose(1, 2), ids, reduction: Reduction.Sum).backward();
            var batch = book.finish(new Clipping.Flat(C));
            Assert.Equal(0, batch.Masked);
            Assert.All(book.sums, sum => Assert.Equal(ScalarType.Float32, sum.dtype));
            Assert.InRange(Math.Sqrt(Floats(book).Sum(value => (double)value * value)), 0.01, 3 * C);
        }
    }

    [Fact]
    public void Refuses_what_it_could_not_bound()
    {
        using var scope = NewDisposeScope();
        var (weight, other, x) = (randn([4, 4]), randn([4, 4]), randn([2, 3, 4]));
        using var book = new GradientBook([weight]);
        Refused("begins a batch", () => book.linear(x, weight));

        book.begin(3);
        Refused("counts the examples", () => book.linear(x, weight));

        book.begin(2);
        book.linear(x, weight);
        Refused("more than once", () => book.linear(x, weight));

        book.begin(2);
        Refused("overlaps parameter 0", () => book.linear(x, weight.t()));
        Refused("overlaps parameter 0", () => book.linear(x, weight.narrow(0, 0, 2)));
        Refused("both weights of LoRA", () => book.lora(x, other, null, weight, other, 1));
        Refused("frozen", () => book.lora(x, weight, null, other, other, 1));
        using (no_grad())
        {
            Refused("records gradients", () => book.linear(x, weight));
        }

        book.begin(2);
        book.linear(x, weight);
        Refused("no backward", () => book.finish(new Clipping.Flat(C)));

        book.begin(2);
        var loss = book.linear(x, weight).sum();
        loss.backward(retain_graph: true);
        Refused("second backward", () => loss.backward());

        book.begin(2);
        var late = book.linear(x, weight).sum();
        book.begin(2);
        Refused("closed", () => late.backward());

        Refused("got one parameter twice", () => new GradientBook([weight, weight]).Dispose());
        Refused("does not require grad", () => new GradientBook([randn([2]).requires_grad_()]).Dispose());
        Refused("without parameters", () => new GradientBook([]).Dispose());
        Assert.Throws<ArgumentOutOfRangeException>(() => new Clipping.Flat(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Clipping.Automatic(1, gamma: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Clipping.PerLayer(double.NaN));

        book.Dispose();
        Assert.Throws<ObjectDisposedException>(() => book.begin(1));
    }

    /// <summary>A whole table of three uses, as one weight of two linear layers, is neither an embedding nor tied.</summary>
    [Fact]
    public void Refuses_a_third_use_of_a_tied_table()
    {
        using var scope = NewDisposeScope();
        var (table, ids) = (randn([5, 4]), randint(0, 5, [2, 3]));
        using var book = new GradientBook([table]);
        book.begin(2);
        var logits = book.linear(book.embedding(table, ids), table);
        Refused("more than once", () => book.embedding(table, ids));
        Refused("more than once", () => book.linear(logits.narrow(2, 0, 4), table));
    }

    [Fact]
    public void Frozen_layers_need_no_entry_and_a_weight_may_be_another_handle()
    {
        using var scope = NewDisposeScope();
        var (weight, frozen, x) = (randn([4, 4]), randn([4, 4]), randn([2, 3, 4]));
        using var book = new GradientBook([weight]);
        book.begin(2);
        book.linear(F.gelu(book.linear(x, weight.detach())), frozen).sum().backward();
        Assert.True(book.finish(new Clipping.Flat(C)).Norms[0] > 0);
        Assert.Single(book.sums);
    }

    private static void Refused(string reason, Action action) =>
        Assert.Contains(reason, Assert.Throws<TorchException>(action).Message, StringComparison.Ordinal);

    private static float[] Floats(GradientBook book) => [.. book.sums.SelectMany(sum => sum.ToArray<float>())];

    private static Clipping Make(string kind) =>
        kind switch
        {
            nameof(Clipping.Automatic) => new Clipping.Automatic(C),
            nameof(Clipping.Flat) => new Clipping.Flat(C),
            _ => new Clipping.PerLayer(C),
        };

    /// <summary>Of some records, in physical batches of two, or in one.</summary>
    private static float[] Sums(Network network, GradientBook book, string kind, long[] records, bool together = false)
    {
        book.zero_sums();
        foreach (var chunk in records.Chunk(together ? records.Length : 2))
        {
            using var scope = NewDisposeScope();
            var rows = tensor<long>(chunk);
            book.begin(chunk.Length);
            var (ids, scales) = (network.Ids.index_select(0, rows), Network.Scales.index_select(0, rows));
            network.Losses(new Layers(book), network.Trained, ids, scales).sum().backward();
            book.finish(Make(kind));
        }

        return Floats(book);
    }
}
