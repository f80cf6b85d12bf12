using System.Text;
using Lace.Cryptography;

namespace Lace.Tests.Cryptography;

public sealed class Ed25519Tests
{
    private static readonly Ed25519 Algorithm = SignatureAlgorithm.Ed25519;

    [Theory]
    // RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc).
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )]
    [InlineData(
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
    )]
    public void Signs_the_examples_of_the_standard(string seed, string publicKey, string message, string signature)
    {
        using var key = Algorithm.ImportKey(Convert.FromHexString(seed));

        Assert.Equal(publicKey, Convert.ToHexStringLower(key.PublicKey.Encoded));
        Assert.Equal(signature, Convert.ToHexStringLower(Algorithm.Sign(key, Convert.FromHexString(message))));
        Assert.True(Algorithm.Verify(key.PublicKey, Convert.FromHexString(message), Convert.FromHexString(signature)));
    }

    [Fact]
    public void Agrees_with_wycheproof()
    {
        var (valid, refused) = (0, 0);
        foreach (var (group, test) in Vectors.Tests(Vectors.Read("classical", "ed25519_test.json")))
        {
            var expected = test.Text("result") == "valid";
            var publicKey = group.GetProperty("publicKey").Hex("pk");
            var actual = Algorithm.Verify(publicKey, test.Hex("msg"), test.Hex("sig"));
            Assert.True(expected == actual, $"tcId {test.GetProperty("tcId")}: {test.Text("comment")}");
            _ = expected ? valid++ : refused++;
        }

        Vectors.Print($"Wycheproof Ed25519: {valid} accepted, {refused} refused");
        Assert.Equal(75, valid + refused);
    }

    /// <summary>
    /// All of these pass some verifier in use. Ours takes those where the equation holds without a factor of eight, all
    /// encodings are canonical, and neither A nor R has small order.
    /// </summary>
    [Fact]
    public void Takes_of_the_edge_cases_only_those_of_the_strict_rule()
    {
        string[] refusing = ["low_order_A", "low_order_R", "low_order_residue", "non_canonical_A", "non_canonical_R"];
        var (accepted, refused) = (new Dictionary<string, int>(StringComparer.Ordinal), 0);
        foreach (var test in Vectors.Read("cctv", "ed25519vectors.json").EnumerateArray())
        {
            var flags = test.GetProperty("flags").EnumerateArray().Select(f => f.GetString()!).ToArray();
            var expected = !flags.Intersect(refusing, StringComparer.Ordinal).Any();
            var message = Encoding.UTF8.GetBytes(test.Text("msg"));
            var actual = Algorithm.Verify(test.Hex("key"), message, test.Hex("sig"));
            Assert.True(expected == actual, $"number {test.GetProperty("number")}: {string.Join(' ', flags)}");
            if (actual)
            {
                var kind = string.Join(' ', flags);
                accepted[kind] = accepted.GetValueOrDefault(kind) + 1;
            }
            else
            {
                refused++;
            }
        }

        foreach (var (kind, count) in accepted)
        {
            Vectors.Print($"CCTV Ed25519: {count} accepted with flags: {kind}");
        }

        Vectors.Print($"CCTV Ed25519: {refused} refused");
        Assert.Equal(457, refused + accepted.Values.Sum());
    }

    [Fact]
    public void Refuses_an_S_not_below_the_order()
    {
        using var key = Algorithm.GenerateKey();
        var signature = Algorithm.Sign(key, "message"u8);
        var order = Convert.FromHexString("EDD3F55C1A631258D69CF7A2DEF9DE1400000000000000000000000000000010");
        var carry = 0;
        for (var i = 0; i < 32; i++)
        {
            carry += signature[32 + i] + order[i];
            signature[32 + i] = (byte)carry;
            carry >>= 8;
        }

        Assert.False(Algorithm.Verify(key.PublicKey, "message"u8, signature));
    }

    [Fact]
    public void Has_no_context()
    {
        using var key = Algorithm.GenerateKey();
        var signature = Algorithm.Sign(key, "message"u8);

        Assert.Throws<ArgumentException>(() => Algorithm.Sign(key, "message"u8, "context"u8));
        Assert.False(Algorithm.Verify(key.PublicKey, "message"u8, signature, "context"u8));
    }
}
