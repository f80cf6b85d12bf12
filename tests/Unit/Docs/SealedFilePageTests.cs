using System.Security.Cryptography;
using System.Text;
using Lace.Cryptography.Sealing;
using Lace.Tests.Cryptography;

namespace Lace.Tests.Docs;

public sealed class SealedFilePageTests
{
    private const string Page = "formats/sealed-file.md";

    [Fact]
    public void The_example_opens_under_its_key_and_context_only()
    {
        var page = FormatPage.Open(Page);
        var inputs = page.Json("sealed-inputs");
        var file = page.Hex("sealed-file");
        var key = inputs.Hex("data_key");
        var context = new SealContext(inputs.Text("tenant"), inputs.Text("purpose"), inputs.Text("object_id"));

        Assert.Equal(OpenResult.Opened, SealedFile.TryOpen(file, key, context, out var plaintext));
        Assert.Equal(inputs.Text("plaintext"), Encoding.UTF8.GetString(plaintext));
        Assert.Equal(file.Length, SealedFile.SealedLength(plaintext.Length));
        Assert.Equal(
            OpenResult.WrongKeyOrContext,
            SealedFile.TryOpen(file, key, context with { ObjectId = "model-2" }, out _)
        );
        for (var i = 0; i < file.Length; i++)
        {
            file[i] ^= 1;
            Assert.NotEqual(OpenResult.Opened, SealedFile.TryOpen(file, key, context, out _));
            file[i] ^= 1;
        }
    }

    /// <summary>The page alone is enough to open a file: its offsets and formulas with the platform's primitives.</summary>
    [Fact]
    public void What_the_page_says_opens_what_the_product_seals()
    {
        var inputs = FormatPage.Open(Page).Json("sealed-inputs");
        var (key, context) = (inputs.Hex("data_key"), inputs.Hex("context"));
        var plaintext = RandomNumberGenerator.GetBytes((1 << 17) + 5);
        var file = SealedFile.Seal(plaintext, key, new SealContext("tenant-1", "artifact", "model-1")).AsSpan();

        var header = file[..76];
        byte[] info = [.. "lace sealed file"u8, .. header[..12], .. context];
        var derived = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, 64, header[12..44].ToArray(), info);
        Assert.Equal(header[44..76].ToArray(), derived[32..]);
        Assert.Equal(17, header[10]);
        byte[] associated = [.. header, .. context];
        using var aes = new AesGcm(derived.AsSpan(0, 32), 16);
        var chunk = new byte[1 << 17];
        aes.Decrypt(new byte[12], file[76..(76 + chunk.Length)], file.Slice(76 + chunk.Length, 16), chunk, associated);
        Assert.Equal(plaintext[..chunk.Length], chunk);
        byte[] last = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        aes.Decrypt(last, file[^21..^16], file[^16..], chunk.AsSpan(0, 5), associated);
        Assert.Equal(plaintext[chunk.Length..], chunk[..5]);
    }
}
