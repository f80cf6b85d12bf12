using System.Security.Cryptography;
using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Torch.Private;

[Collection(nameof(Torch))]
public sealed class SecureNoiseTests
{
    private const int Sample = 1 << 22;

    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    /// <summary>RFC 8439, 2.3.2 and A.1, vectors 1, 2, 3 and 5.</summary>
    [Theory]
    [InlineData(
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "000000090000004a00000000",
        1u,
        "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"
    )]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000",
        0u,
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
    )]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000",
        1u,
        "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"
    )]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000001",
        "000000000000000000000000",
        1u,
        "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"
    )]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000002",
        0u,
        "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c78a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"
    )]
    public void Is_the_cipher_of_the_RFC(string key, string nonce, uint block, string expected)
    {
        var bytes = Convert.FromHexString(nonce);
        var (step, parameter) = (BitConverter.ToUInt64(bytes), BitConverter.ToUInt32(bytes, 8));
        var found = SecureNoise.Blocks(Convert.FromHexString(key), step, parameter, block, 1);
        Assert.Equal(expected, Convert.ToHexStringLower(found));
    }

    [Fact]
    public void Is_the_cipher_of_the_platform_over_many_blocks()
    {
        Assert.SkipUnless(ChaCha20Poly1305.IsSupported, "This platform has no ChaCha20.");
        var theirs = new byte[64 * 100];
        using var platform = new ChaCha20Poly1305(Key);
        byte[] nonce = [.. BitConverter.GetBytes(123_456_789_012ul), .. BitConverter.GetBytes(77u)];
        platform.Encrypt(nonce, new byte[theirs.Length], theirs, new byte[16]);
        Assert.Equal(theirs, SecureNoise.Blocks(Key, 123_456_789_012, 77, 1, 100));
    }

    /// <summary>The same numbers by the platform's cipher and logarithm, sine and cosine, one at a time.</summary>
    [Fact]
    public void Is_Box_and_Mullers_method_on_53_bits()
    {
        var noise = Draw(256, step: 5, parameter: 6);
        for (var chunk = 0; chunk < 2; chunk++)
        {
            var blocks = SecureNoise.Blocks(Key, 5, 6, (uint)(16 * chunk), 16);
            for (var i = 0; i < 128; i++)
            {
                var (word, lane) = (i / 16, i % 16);
                var radius = BitConverter.ToUInt64(blocks, 64 * lane + 16 * (word / 2));
                var angle = BitConverter.ToUInt64(blocks, 64 * lane + 16 * (word / 2) + 8);
                var r = Math.Sqrt(-2 * Math.Log(((radius >> 11) + 1) * Math.ScaleB(1, -53)));
                var place = ((angle >> 8) & ((1ul << 53) - 1)) * Math.ScaleB(1, -53);
                var eighth = (int)(angle >> 61);
                var turn = (eighth + ((eighth & 1) == 0 ? place : 1 - (1 - place))) / 8;
                var (sin, cos) = Math.SinCos(2 * Math.PI * turn);
                var expected = r * (word % 2 == 0 ? cos : sin);
                Assert.Equal(expected, noise[128 * chunk + i], 1e-6 * Math.Max(1, Math.Abs(expected)));
            }
        }
    }

    [Fact]
    public void Has_the_moments_and_tails_of_the_normal_distribution()
    {
        var noise = Draw(Sample, step: 1, parameter: 0);
        var moments = Enumerable.Range(1, 4).Select(k => noise.Average(x => Math.Pow(x, k))).ToArray();
        double[] expected = [0, 1, 0, 3];
        double[] variance = [1, 2, 15, 96]; // of the powers
        for (var k = 0; k < 4; k++)
        {
            Assert.Equal(expected[k], moments[k], 5 * Math.Sqrt(variance[k] / Sample));
        }

        foreach (var (from, share) in new[] { (1, 0.317310508), (2, 0.045500264), (3, 0.002699796), (4, 6.33425e-5) })
        {
            var count = noise.Count(x => Math.Abs(x) > from);
            Assert.Equal(Sample * share, count, 5 * Math.Sqrt(Sample * share));
        }

        Assert.InRange(noise.Max(Math.Abs), 4.7, 6.9);
    }

    [Fact]
    public void Passes_Kolmogorov_and_Smirnov()
    {
        var noise = Draw(Sample, step: 2, parameter: 0);
        Array.Sort(noise);
        var distance = 0.0;
        for (var i = 0; i < noise.Length; i++)
        {
            var below = NormalBelow(noise[i]);
            distance = Math.Max(
                distance,
                Math.Max(Math.Abs(below - (double)i / Sample), Math.Abs(below - (i + 1.0) / Sample))
            );
        }

        Assert.InRange(distance * Math.Sqrt(Sample), 0, 1.95); // one in a thousand above
    }

    [Fact]
    public void Is_independent_across_steps_parameters_keys_and_places()
    {
        var noise = Draw(Sample, step: 3, parameter: 4);
        byte[] other = [.. Key[..31], 0xff];
        double[][] others =
        [
            Draw(Sample, step: 4, parameter: 4),
            Draw(Sample, step: 3, parameter: 5),
            Draw(Sample, step: 3 + (1ul << 32), parameter: 4),
            Draw(Sample, step: 3, parameter: 4, other),
            [.. noise[1..], noise[0]],
            [.. noise[16..], .. noise[..16]],
            [.. noise[128..], .. noise[..128]],
        ];
        foreach (var against in others)
        {
            var product = noise.Zip(against, (x, y) => x * y).Average();
            var squares = noise.Zip(against, (x, y) => (x * x - 1) * (y * y - 1)).Average();
            Assert.Equal(0, product, 5 / Math.Sqrt(Sample));
            Assert.Equal(0, squares, 5 * 2 / Math.Sqrt(Sample));
        }
    }

    [Fact]
    public void Is_the_same_on_any_number_of_threads_with_any_vectors_and_again()
    {
        const int Count = 200_003;
        var threads = get_num_threads();
        using var scope = NewDisposeScope();
        var expected = SecureNoise.add_(zeros([Count]), 1.5, Key, 9, 1).ToArray<float>();
        try
        {
            foreach (var count in new[] { 1, 2, 3 })
            {
                set_num_threads(count);
                Assert.Equal(expected, SecureNoise.add_(zeros([Count]), 1.5, Key, 9, 1).ToArray<float>());
            }
        }
        finally
        {
            set_num_threads(threads);
        }

        foreach (var bits in new[] { 128, 256, 512 })
        {
            try
            {
                Assert.Equal(expected, SecureNoise.Add(zeros([Count]), 1.5, Key, 9, 1, bits).ToArray<float>());
            }
            catch (TorchException e) when (bits > 128)
            {
                Assert.Contains("no vectors", e.Message, StringComparison.Ordinal);
            }
        }

        var shorter = SecureNoise.add_(zeros([1_001]), 1.5, Key, 9, 1).ToArray<float>();
        Assert.Equal(expected[..1_001], shorter);
    }

    [Fact]
    public void Adds_to_what_is_there_and_refuses_what_it_cannot_add_to()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([7f, 7], SecureNoise.add_(full([2], 7), 0, Key, 1, 1).ToArray<float>());
        Assert.Empty(SecureNoise.add_(zeros([0]), 1, Key, 1, 1).ToArray<float>());
        Assert.Throws<ArgumentException>(() => SecureNoise.add_(zeros([2]), 1, Key.AsSpan(1), 1, 1));
        Assert.Throws<TorchException>(() => SecureNoise.add_(zeros([2]), double.NaN, Key, 1, 1));
        Assert.Throws<TorchException>(() => SecureNoise.add_(zeros([2]), -1, Key, 1, 1));
        Assert.Throws<TorchException>(() => SecureNoise.add_(zeros([2], ScalarType.BFloat16), 1, Key, 1, 1));
        Assert.Throws<TorchException>(() => SecureNoise.add_(zeros([2, 3]).t(), 1, Key, 1, 1));
    }

    private static double[] Draw(int count, ulong step, uint parameter, byte[]? key = null)
    {
        using var scope = NewDisposeScope();
        var noise = SecureNoise.add_(zeros([count]), 1, key ?? Key, step, parameter);
        return Array.ConvertAll(noise.ToArray<float>(), x => (double)x);
    }

    /// <summary>Φ by the series of erf near 0 and its continued fraction in the tails.</summary>
    private static double NormalBelow(double x)
    {
        var z = Math.Abs(x);
        if (z < 3)
        {
            var (sum, term) = (z, z);
            for (var n = 1; term > 1e-17 * sum; n++)
            {
                term *= z * z / (2 * n + 1);
                sum += term;
            }

            var inside = sum * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
            return x < 0 ? 0.5 - inside : 0.5 + inside;
        }

        var fraction = z;
        for (var n = 60; n > 0; n--)
        {
            fraction = z + n / fraction;
        }

        var tail = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) / fraction;
        return x < 0 ? tail : 1 - tail;
    }
}
