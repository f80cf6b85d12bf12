using System.Security.Cryptography;

namespace Lace.Tests.Cryptography;

/// <summary>AES-256-GCM is the runtime's; sealed files rest on it, so it is held to the vectors as ours is.</summary>
public sealed class AesGcmTests
{
    private const int NonceSize = 12;

    [Fact]
    public void The_runtimes_cipher_agrees_with_wycheproof_for_nonces_of_our_size()
    {
        var (valid, refused, otherNonces) = (0, 0, 0);
        foreach (var (group, test) in Vectors.Tests(Vectors.Read("classical", "aes_gcm_test.json")))
        {
            var because = $"tcId {test.GetProperty("tcId")}: {test.Text("comment")}";
            var (nonce, data) = (test.Hex("iv"), test.Hex("aad"));
            var (message, sealedText, tag) = (test.Hex("msg"), test.Hex("ct"), test.Hex("tag"));
            using var cipher = new AesGcm(test.Hex("key"), group.GetProperty("tagSize").GetInt32() / 8);
            var opened = new byte[sealedText.Length];
            if (nonce.Length != NonceSize)
            {
                Assert.Throws<ArgumentException>(() => cipher.Decrypt(nonce, sealedText, tag, opened, data));
                otherNonces++;
            }
            else if (test.Text("result") == "valid")
            {
                cipher.Decrypt(nonce, sealedText, tag, opened, data);
                Assert.Equal(message, opened);
                var (again, itsTag) = (new byte[message.Length], new byte[tag.Length]);
                cipher.Encrypt(nonce, message, again, itsTag, data);
                Assert.Equal([.. sealedText, .. tag], (byte[])[.. again, .. itsTag]);
                valid++;
            }
            else
            {
                var thrown = Record.Exception(() => cipher.Decrypt(nonce, sealedText, tag, opened, data));
                Assert.True(thrown is AuthenticationTagMismatchException, because);
                refused++;
            }
        }

        Vectors.Print(
            $"Wycheproof AES-256-GCM: {valid} accepted, {refused} refused, {otherNonces} with nonces of a size that is never used here"
        );
        Assert.Equal((33, 53), (valid + refused, valid + refused + otherNonces));
    }
}
