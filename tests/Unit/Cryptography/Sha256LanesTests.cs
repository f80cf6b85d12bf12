using System.Buffers.Binary;
using System.Security.Cryptography;
using Lace.Cryptography.Hashing;

namespace Lace.Tests.Cryptography;

/// <summary>The lanes beside the library, which the vectors of FIPS 180-4 and RFC 4231 were tried on.</summary>
public sealed class Sha256LanesTests
{
    [Fact]
    public void Equals_the_library_for_every_length_around_the_ends_of_blocks()
    {
        int[] lengths = [.. Enumerable.Range(0, 300), .. Enumerable.Range(Sha256Lanes.LaneLimit - 70, 200), 10_000];
        AssertEqualsLibrary(new Random(1), lengths);
        AssertEqualsLibrary(new Random(2), [.. lengths.Reverse()]);
    }

    [Fact]
    public void Equals_the_library_for_random_groups()
    {
        var random = new Random(3);
        for (var round = 0; round < 300; round++)
        {
            AssertEqualsLibrary(
                random,
                [.. Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(random.Next(1, 4000)))]
            );
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    [InlineData(64)]
    public void Macs_of_numbers_equal_the_library(int keyLength)
    {
        var key = new byte[keyLength];
        new Random(keyLength).NextBytes(key);
        using var numbers = new HmacSha256Numbers(key);
        Span<byte> message = stackalloc byte[8];
        foreach (var first in (long[])[0, 1, uint.MaxValue - 5L, 1L << 40])
        {
            foreach (var count in (int[])[0, 1, 7, 8, 9, 100])
            {
                var macs = new byte[32 * count];
                numbers.Of(first, macs);
                for (var i = 0; i < count; i++)
                {
                    BinaryPrimitives.WriteInt64BigEndian(message, first + i);
                    Assert.Equal(HMACSHA256.HashData(key, message), macs[(32 * i)..(32 * (i + 1))]);
                }
            }
        }
    }

    [Fact]
    public void Macs_of_any_numbers_equal_the_library()
    {
        var random = new Random(7);
        var key = new byte[32];
        random.NextBytes(key);
        using var macs = new HmacSha256Numbers(key);
        for (var count = 0; count < 20; count++)
        {
            ulong[] numbers =
            [
                .. Enumerable.Range(0, count).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue)),
            ];
            var made = new byte[32 * count];
            macs.Of(numbers, made);
            byte[] expected =
            [
                .. numbers.SelectMany(number =>
                {
                    var message = new byte[8];
                    BinaryPrimitives.WriteUInt64BigEndian(message, number);
                    return HMACSHA256.HashData(key, message);
                }),
            ];
            Assert.Equal(expected, made);
        }
    }

    private static void AssertEqualsLibrary(Random random, int[] lengths)
    {
        var bytes = new byte[20_000];
        random.NextBytes(bytes);
        int[] starts = [.. lengths.Select(length => random.Next(bytes.Length - length))];
        var digests = new byte[32 * lengths.Length];
        Sha256Lanes.Hash(bytes, starts, lengths, digests);
        for (var i = 0; i < lengths.Length; i++)
        {
            Assert.Equal(SHA256.HashData(bytes.AsSpan(starts[i], lengths[i])), digests[(32 * i)..(32 * (i + 1))]);
        }
    }
}
