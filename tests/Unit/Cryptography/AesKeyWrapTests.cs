using System.Security.Cryptography;
using Lace.Cryptography;

namespace Lace.Tests.Cryptography;

public sealed class AesKeyWrapTests
{
    [Fact]
    public void Agrees_with_wycheproof()
    {
        var (valid, refused) = (0, 0);
        foreach (var (_, test) in Vectors.Tests(Vectors.Read("classical", "aes_kwp_test.json")))
        {
            var because = $"tcId {test.GetProperty("tcId")}: {test.Text("comment")}";
            var (key, message, wrapped) = (test.Hex("key"), test.Hex("msg"), test.Hex("ct"));
            var output = new byte[Math.Max(8, wrapped.Length)];
            var unwrapped = AesKeyWrap.TryUnwrap(key, wrapped, output, out var size);
            if (test.Text("result") == "valid")
            {
                Assert.True(unwrapped, because);
                Assert.Equal(message, output[..size]);
                Assert.Equal(wrapped, AesKeyWrap.Wrap(key, message));
                valid++;
            }
            else
            {
                Assert.False(unwrapped, because);
                Assert.Equal((0, -1), (size, output.AsSpan().IndexOfAnyExcept((byte)0)));
                refused++;
            }
        }

        Vectors.Print($"Wycheproof AES-256-KWP: {valid} accepted, {refused} refused");
        Assert.Equal(47, valid + refused);
    }

    [Fact]
    public void Unwraps_only_what_this_key_wrapped()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        for (var size = 1; size <= 70; size++)
        {
            var data = RandomNumberGenerator.GetBytes(size);
            var wrapped = AesKeyWrap.Wrap(key, data);
            var output = new byte[wrapped.Length];
            Assert.Equal(AesKeyWrap.WrappedSize(size), wrapped.Length);
            Assert.True(AesKeyWrap.TryUnwrap(key, wrapped, output, out var written));
            Assert.Equal(data, output[..written]);
            for (var i = 0; i < wrapped.Length; i++)
            {
                wrapped[i] ^= 0x10;
                Assert.False(AesKeyWrap.TryUnwrap(key, wrapped, output, out _));
                wrapped[i] ^= 0x10;
            }

            key[0] ^= 1;
            Assert.False(AesKeyWrap.TryUnwrap(key, wrapped, output, out _));
        }
    }

    [Fact]
    public void Wrong_lengths_from_outside_are_refused_and_from_the_programmer_throw()
    {
        var key = new byte[32];
        var output = new byte[AesKeyWrap.MaxKeyDataSize + 100];

        foreach (var length in new[] { 0, 8, 15, 17, AesKeyWrap.MaxKeyDataSize + 16 })
        {
            Assert.False(AesKeyWrap.TryUnwrap(key, new byte[length], output, out _));
        }

        Assert.Throws<ArgumentException>(() => AesKeyWrap.Wrap(new byte[16], [1]));
        Assert.Throws<ArgumentException>(() => AesKeyWrap.Wrap(key, []));
        Assert.Throws<ArgumentException>(() => AesKeyWrap.Wrap(key, new byte[AesKeyWrap.MaxKeyDataSize + 1]));
        Assert.Throws<ArgumentException>(() => AesKeyWrap.TryUnwrap(key, new byte[24], new byte[15], out _));
    }
}
