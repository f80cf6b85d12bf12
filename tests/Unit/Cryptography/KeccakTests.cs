using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Lace.Cryptography.Hashing;

namespace Lace.Tests.Cryptography;

public sealed class KeccakTests
{
    [Fact]
    public void Is_equal_to_the_platforms_at_every_length_around_a_block()
    {
        Assert.SkipUnless(Shake128.IsSupported, "The platform has no SHAKE here.");
        var random = new Random(3);
        var output = new byte[500];
        for (var length = 0; length < 400; length++)
        {
            var message = new byte[length];
            random.NextBytes(message);
            var split = random.Next(length + 1);
            var (shake128, shake256) = (Shake.Create128(), Shake.Create256());
            shake128.Absorb(message);
            shake256.Absorb(message.AsSpan(0, split));
            shake256.Absorb(message.AsSpan(split));

            shake128.Squeeze(output);
            Assert.Equal(Shake128.HashData(message, output.Length), output);
            for (var (at, step) = (0, 0); at < output.Length; at += step)
            {
                step = Math.Min(1 + random.Next(200), output.Length - at);
                shake256.Squeeze(output.AsSpan(at, step));
            }

            Assert.Equal(Shake256.HashData(message, output.Length), output);
        }
    }

    [Fact]
    public void Four_side_by_side_are_equal_to_four_one_by_one()
    {
        var random = new Random(4);
        for (var i = 0; i < 200; i++)
        {
            var vectors = new Vector256<ulong>[Keccak.Lanes];
            random.NextBytes(MemoryMarshal.AsBytes(vectors.AsSpan()));
            var twin = vectors.ToArray();

            KeccakTimesFour.PermuteVectors(vectors);
            KeccakTimesFour.PermuteOneByOne(twin);

            Assert.Equal(twin, vectors);
        }
    }
}
