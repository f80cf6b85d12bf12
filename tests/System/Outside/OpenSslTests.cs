using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using Lace.Platform;
using Lace.SystemTests.Platform;
using Lace.SystemTests.Platform.Contracts;
using Lace.SystemTests.Platform.Embedded;

namespace Lace.SystemTests.Outside;

/// <summary>What the platform's keys sign, judged by <c>openssl</c>, and the reverse.</summary>
public sealed class OpenSslTests : IDisposable
{
    private readonly EmbeddedFixture platform = new();
    private readonly TemporaryFolder folder = new();
    private readonly TenantId tenant = Tenants.New();

    [Fact]
    public async Task Takes_a_statement_signed_by_the_platforms_P256_key_and_no_changed_one()
    {
        var key = await platform.Platform.Keys.GetSigningKeyAsync(tenant, "statements", SigningAlgorithm.EcdsaP256);
        var pae = Dsse.Pae(Dsse.InTotoPayloadType, "{\"_type\":\"https://in-toto.io/Statement/v1\"}"u8);
        var signature = (await platform.Platform.Keys.SignAsync(tenant, key.KeyId, pae))!;

        Assert.True(await VerifiesAsync(key.PublicKey, pae, signature));
        pae[^1] ^= 1;
        Assert.False(await VerifiesAsync(key.PublicKey, pae, signature));
        pae[^1] ^= 1;
        signature[^1] ^= 1;
        Assert.False(await VerifiesAsync(key.PublicKey, pae, signature));
        var other = await platform.Platform.Keys.GetSigningKeyAsync(tenant, "others", SigningAlgorithm.EcdsaP256);
        signature[^1] ^= 1;
        Assert.False(await VerifiesAsync(other.PublicKey, pae, signature));
    }

    [Fact]
    public async Task Makes_P256_signatures_that_ours_takes_and_no_changed_one()
    {
        byte[] pae = Dsse.Pae("text/plain", "hello world"u8);
        await File.WriteAllBytesAsync(folder["message"], pae, TestContext.Current.CancellationToken);
        await OpenSslAsync("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem");
        await OpenSslAsync("pkey -in private.pem -pubout -outform DER -out public.der");
        await OpenSslAsync("dgst -sha256 -sign private.pem -out signature message");
        var signature = await ReadAsync("signature");
        var key = EcdsaPublicKey.TryImport(await ReadAsync("public.der"));

        Assert.NotNull(key);
        Assert.True(key.Verify(pae, signature));
        for (var i = 0; i < signature.Length; i++)
        {
            signature[i] ^= 1;
            Assert.False(key.Verify(pae, signature), $"byte {i}");
            signature[i] ^= 1;
        }

        Assert.False(key.Verify([.. pae, 0], signature));
    }

    [Fact]
    public async Task Takes_a_checkpoint_signed_by_the_platforms_Ed25519_key_and_no_changed_one()
    {
        var signer = await platform.Platform.Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        var key = VerifierKey.Create("log.example.com/1", NoteSignatureType.Ed25519, signer.PublicKey.Span)!;
        var text = new Checkpoint(key.Name, 0, Checkpoint.EmptyRoot).Text;
        var signature = await platform.Platform.Keys.SignAsync(tenant, signer.KeyId, NoteSigning.Message(key, text));
        var note = new SignedNote(text, [NoteSigning.Line(key, signature)]);
        Assert.Equal(NoteVerdict.Verified, note.Verify([key]).Verdict);

        // The message is taken from the note as text, as somebody would who has only the C2SP page.
        var message = Encoding.UTF8.GetBytes(note.ToString().Split("\n\n")[0] + "\n");
        byte[] spki = [.. Convert.FromHexString("302a300506032b6570032100"), .. signer.PublicKey.Span];
        Assert.True(await VerifiesAsync(spki, message, signature!, "-rawin"));
        message[0] ^= 1;
        Assert.False(await VerifiesAsync(spki, message, signature!, "-rawin"));
    }

    public void Dispose()
    {
        platform.Dispose();
        folder.Dispose();
    }

    private Task<bool> VerifiesAsync(ReadOnlyMemory<byte> spki, byte[] message, byte[] signature) =>
        VerifiesAsync(spki, message, signature, "-rawin -digest sha256");

    private async Task<bool> VerifiesAsync(ReadOnlyMemory<byte> spki, byte[] message, byte[] signature, string how)
    {
        var pem = PemEncoding.WriteString("PUBLIC KEY", spki.Span);
        await File.WriteAllTextAsync(folder["public.pem"], pem, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(folder["message"], message, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(folder["signature"], signature, TestContext.Current.CancellationToken);
        var arguments = $"pkeyutl -verify -pubin -inkey public.pem {how} -in message -sigfile signature";
        return await OutsideTool.OpenSslAsync(folder[""], arguments.Split(' ')) == 0;
    }

    private async Task OpenSslAsync(string arguments) =>
        Assert.Equal(0, await OutsideTool.OpenSslAsync(folder[""], arguments.Split(' ')));

    private Task<byte[]> ReadAsync(string name) =>
        File.ReadAllBytesAsync(folder[name], TestContext.Current.CancellationToken);
}
