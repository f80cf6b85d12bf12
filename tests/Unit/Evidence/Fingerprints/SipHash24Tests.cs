using Lace.Cryptography.Hashing;
using Lace.Tests.Evidence.LossLog;

namespace Lace.Tests.Evidence.Fingerprints;

public sealed class SipHash24Tests
{
    [Fact]
    public void Gives_the_vectors_of_its_authors()
    {
        var file = TestVectors.Read("siphash_vectors.json");
        var hash = new SipHash24(Convert.FromHexString(file.GetProperty("key").GetString()!));
        var tags = file.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()).ToArray();
        Assert.Equal(64, tags.Length);
        for (var n = 0; n < tags.Length; n++)
        {
            var input = Enumerable.Range(0, n).Select(i => (byte)i).ToArray();
            Assert.Equal(tags[n], Convert.ToHexStringLower(BitConverter.GetBytes(hash.Hash(input))));
        }
    }

    [Fact]
    public void Hashes_several_pieces_as_one_by_one()
    {
        var random = new Random(1);
        var text = new byte[500];
        random.NextBytes(text);
        var hash = new SipHash24(text.AsSpan(0, 16));
        for (var count = 0; count < 20; count++)
        {
            var length = 8 * random.Next(8);
            int[] places = [.. Enumerable.Range(0, count).Select(_ => random.Next(text.Length - length))];
            var hashes = new ulong[count];
            hash.Hash(text, places, length, hashes);
            Assert.Equal(places.Select(place => hash.Hash(text.AsSpan(place, length))), hashes);
        }
    }

    [Fact]
    public void Has_no_key_of_another_length() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SipHash24(new byte[15]));
}
