using System.Runtime.Intrinsics.X86;
using Lace.Cryptography.Lattices;

namespace Lace.Tests.Cryptography;

public sealed class NumberTheoreticTransformTests
{
    [Fact]
    public void The_vector_form_gives_the_numbers_of_the_scalar_form()
    {
        Assert.SkipUnless(Avx2.IsSupported, "This machine has no AVX2.");
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
        {
            var polynomial = RandomPolynomial(random, 1, extreme: i % 5 == 0);
            var (forward, forwardTwin) = (polynomial.ToArray(), polynomial.ToArray());
            VectorTransform.Forward(forward);
            NumberTheoreticTransform.ForwardScalar(forwardTwin);
            Assert.Equal(forwardTwin, forward);

            var (inverse, inverseTwin) = (polynomial.ToArray(), polynomial.ToArray());
            VectorTransform.Inverse(inverse);
            NumberTheoreticTransform.InverseScalar(inverseTwin);
            Assert.Equal(inverseTwin, inverse);

            var a = RandomPolynomial(random, 5, extreme: i % 5 == 1);
            var b = RandomPolynomial(random, 5, extreme: i % 5 == 1);
            var (product, productTwin) = (new int[Ring.N], new int[Ring.N]);
            VectorTransform.InnerProduct(product, a, b);
            NumberTheoreticTransform.InnerProductScalar(productTwin, a, b);
            Assert.Equal(productTwin, product);
        }
    }

    [Fact]
    public void Products_are_those_of_the_ring()
    {
        var random = new Random(6);
        var a = RandomPolynomial(random, 1, extreme: false);
        var b = RandomPolynomial(random, 1, extreme: false);
        var expected = new int[Ring.N];
        for (var i = 0; i < Ring.N; i++)
        {
            for (var j = 0; j < Ring.N; j++)
            {
                var sign = i + j < Ring.N ? 1 : -1;
                var place = (i + j) % Ring.N;
                expected[place] = (int)((expected[place] + ((long)sign * a[i] * b[j])) % Ring.Q);
            }
        }

        var product = new int[Ring.N];
        NumberTheoreticTransform.Forward(a);
        NumberTheoreticTransform.Forward(b);
        NumberTheoreticTransform.InnerProduct(product, a, b);
        NumberTheoreticTransform.Inverse(product);

        for (var i = 0; i < Ring.N; i++)
        {
            Assert.Equal(0, (product[i] - expected[i]) % Ring.Q);
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(44)]
    public void Decomposition_is_that_of_the_standard_for_every_residue(int highParts)
    {
        var (low, high) = (new int[Ring.N], new int[Ring.N]);
        var step = (Ring.Q - 1) / highParts;
        for (var first = 0; first < Ring.Q; first += Ring.N)
        {
            for (var i = 0; i < Ring.N; i++)
            {
                low[i] = Math.Min(first + i, Ring.Q - 1);
            }

            Ring.Decompose(low, high, highParts);
            for (var i = 0; i < Ring.N; i++)
            {
                // FIPS 204, algorithm 36.
                var r = Math.Min(first + i, Ring.Q - 1);
                var r0 = r % step;
                r0 = r0 > step / 2 ? r0 - step : r0;
                var (r1, expected) = r - r0 == Ring.Q - 1 ? (0, r0 - 1) : ((r - r0) / step, r0);
                if (r1 != high[i] || expected != low[i])
                {
                    Assert.Fail($"{r}: ({high[i]}, {low[i]}) in place of ({r1}, {expected})");
                }
            }
        }
    }

    private static int[] RandomPolynomial(Random random, int count, bool extreme)
    {
        var values = new int[count * Ring.N];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = extreme ? (random.Next(2) * 2 - 1) * (Ring.Q - 1) : random.Next(-Ring.Q + 1, Ring.Q);
        }

        return values;
    }
}
