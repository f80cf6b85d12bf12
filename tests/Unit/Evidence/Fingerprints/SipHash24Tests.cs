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
    public void Has_no_key_of_another_length() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SipHash24(new byte[15]));
}
