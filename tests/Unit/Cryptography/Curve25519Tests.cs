using System.Numerics;
using Lace.Cryptography.Curve25519;

namespace Lace.Tests.Cryptography;

public sealed class Curve25519Tests
{
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger L =
        BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    [Fact]
    public void The_field_computes_modulo_p()
    {
        var random = new Random(9);
        for (var i = 0; i < 5000; i++)
        {
            var (a, b, c) = (EdgeOrRandom(random, P), EdgeOrRandom(random, P), EdgeOrRandom(random, P));
            var (x, y, z) = (Field(a), Field(b), Field(c));

            Assert.Equal(a * b % P, Value(x * y));
            Assert.Equal(a * a % P, Value(x.Square()));
            Assert.Equal((a - b + P) % P, Value(x - y));
            Assert.Equal((P - a) % P, Value(-x));

            // The largest limbs that the operations promise to take.
            Assert.Equal((a + b + c) * (a + b + c + a) % P, Value((x + y + z) * (x + y + z + x)));
            Assert.Equal((a + b + c) * (a + b + c) % P, Value((x + y + z).Square()));
            Assert.Equal((a - b - c - a + (3 * P)) % P, Value(x - (y + z + x)));
        }

        var seven = Field(7);
        Assert.Equal(BigInteger.One, Value(seven * seven.Invert()));
        Assert.Equal(BigInteger.Zero, Value(FieldElement.Zero.Invert()));
    }

    [Fact]
    public void Scalars_are_reduced_modulo_the_order()
    {
        var random = new Random(10);
        var wide = new byte[64];
        var result = new byte[32];
        for (var i = 0; i < 5000; i++)
        {
            random.NextBytes(wide);
            if (i % 4 == 0)
            {
                wide.AsSpan(random.Next(64)).Fill((byte)(i % 8 == 0 ? 0xFF : 0));
            }

            Scalar.Reduce(wide, result);
            Assert.Equal(Number(wide) % L, Number(result));

            var (a, b, c) = (EdgeOrRandom(random, L), EdgeOrRandom(random, L), EdgeOrRandom(random, L));
            Scalar.MultiplyAdd(Bytes(a), Bytes(b), Bytes(c), result);
            Assert.Equal(((a * b) + c) % L, Number(result));
            Assert.True(Scalar.IsCanonical(result));
        }

        Assert.True(Scalar.IsCanonical(Bytes(L - 1)));
        Assert.False(Scalar.IsCanonical(Bytes(L)));
        Assert.False(Scalar.IsCanonical(Bytes(L + 1)));
    }

    [Fact]
    public void The_secret_and_the_public_multiplication_agree()
    {
        var random = new Random(11);
        var (expected, actual) = (new byte[32], new byte[32]);
        for (var i = 0; i < 200; i++)
        {
            var (a, b) = (EdgeOrRandom(random, L), EdgeOrRandom(random, L));
            BasePoint.Multiply(Bytes(a)).Write(expected);
            PublicMultiplication.MultiplyAdd(Bytes(0), EdwardsPoint.Identity, Bytes(a)).Write(actual);
            Assert.Equal(expected, actual);

            // a (b B) + a B = (a b + a) B
            BasePoint.Multiply(Bytes(((a * b) + a) % L)).Write(expected);
            PublicMultiplication.MultiplyAdd(Bytes(a), BasePoint.Multiply(Bytes(b)), Bytes(a)).Write(actual);
            Assert.Equal(expected, actual);
        }
    }

    private static BigInteger EdgeOrRandom(Random random, BigInteger modulus)
    {
        if (random.Next(4) == 0)
        {
            BigInteger[] edges = [0, 1, 2, 18, 19, 20, modulus - 1, modulus - 2, modulus / 2, BigInteger.Pow(2, 204)];
            return edges[random.Next(edges.Length)];
        }

        var bytes = new byte[40];
        random.NextBytes(bytes);
        return Number(bytes) % modulus;
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true);

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[32];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }

    private static FieldElement Field(BigInteger value) => FieldElement.Read(Bytes(value));

    private static BigInteger Value(FieldElement element)
    {
        var bytes = new byte[32];
        element.Write(bytes);
        return Number(bytes);
    }
}
