using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.Transparency.Notes;

public sealed class NoteSigningTests
{
    private const long Time = 1_790_000_000;
    private static readonly Checkpoint Head = new("log.test/1", 5, MerkleTree.HashLeaf("x"u8));
    private static readonly NoteSigner Log = new("log.test/1", NoteSignatureType.Ed25519, 1);
    private static readonly NoteSigner LogMlDsa = new("log.test/1", NoteSignatureType.MlDsa44Cosignature, 2);
    private static readonly NoteSigner Witness = new("witness.test", NoteSignatureType.Ed25519Cosignature, 3);

    [Fact]
    public void A_log_signs_the_text_itself() =>
        Assert.Equal(Head.Text, Encoding.UTF8.GetString(NoteSigning.Message(Log.Key, Head.Text)));

    [Fact]
    public void A_witness_signs_its_time_before_the_text() =>
        Assert.Equal(
            $"cosignature/v1\ntime 1790000000\n{Head.Text}",
            Encoding.UTF8.GetString(NoteSigning.Message(Witness.Key, Head.Text, Time))
        );

    [Fact]
    public void The_post_quantum_line_signs_names_time_and_head()
    {
        var message = NoteSigning.Message(LogMlDsa.Key, Head.Text + "extension\n", Time);
        byte[] expected =
        [
            .. "subtree/v1\n\0"u8,
            10,
            .. "log.test/1"u8,
            .. BigEndian(Time),
            10,
            .. "log.test/1"u8,
            .. BigEndian(0),
            .. BigEndian(5),
            .. Head.Root.ToArray(),
        ];
        Assert.Equal(expected, message);
    }

    [Fact]
    public void Lines_of_all_types_verify_and_carry_their_time()
    {
        var note = new SignedNote(Head.Text, [Log.Sign(Head.Text), LogMlDsa.Sign(Head.Text, Time)]).With([
            Witness.Sign(Head.Text, Time),
        ]);
        Assert.True(SignedNote.TryParse(note.ToString(), out var read));
        var verification = read.Verify([Log.Key, LogMlDsa.Key, Witness.Key]);
        Assert.Equal([0, Time, Time], verification.Signatures.Select(line => line.UnixSeconds));
        Assert.Equal(4 + 8 + 2420, 4 + note.Signatures[1].Bytes.Length);
    }

    [Fact]
    public void An_ecdsa_line_verifies_and_a_changed_text_does_not()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = VerifierKey.Create("rekor.test", NoteSignatureType.Ecdsa, pair.ExportSubjectPublicKeyInfo())!;
        var signature = pair.SignData(
            NoteSigning.Message(key, Head.Text),
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence
        );
        var note = new SignedNote(Head.Text, [NoteSigning.Line(key, signature)]);
        Assert.Equal(NoteVerdict.Verified, note.Verify([key]).Verdict);
        Assert.Equal(NoteVerdict.BadSignature, (note with { Text = Head.Text + "more\n" }).Verify([key]).Verdict);
        signature[^1] ^= 1;
        note = new SignedNote(Head.Text, [NoteSigning.Line(key, signature)]);
        Assert.Equal(NoteVerdict.BadSignature, note.Verify([key]).Verdict);
    }

    [Fact]
    public void A_line_moved_to_another_time_name_size_or_root_does_not_verify()
    {
        foreach (var signer in new[] { LogMlDsa, Witness })
        {
            var line = signer.Sign(Head.Text, Time);
            var later = line.Bytes.ToArray();
            later[7]++;
            Assert.False(Verifies(signer.Key, Head.Text, line with { Bytes = later }));
            Assert.False(Verifies(signer.Key, (Head with { Size = 6 }).Text, line));
            Assert.False(Verifies(signer.Key, (Head with { Root = MerkleTree.HashLeaf("y"u8) }).Text, line));
            Assert.False(Verifies(signer.Key, (Head with { Origin = "log.test/2" }).Text, line));
            Assert.True(Verifies(signer.Key, Head.Text, line));
        }

        // Only the post-quantum form covers the name under which it was signed.
        var renamed = VerifierKey.Create("other.test", LogMlDsa.Key.Type, LogMlDsa.Key.PublicKey.Span)!;
        var moved = new NoteSignature(renamed.Name, renamed.KeyId, LogMlDsa.Sign(Head.Text, Time).Bytes);
        Assert.False(Verifies(renamed, Head.Text, moved));
    }

    [Fact]
    public void A_cosignature_too_short_or_with_a_time_past_2_to_the_63_does_not_verify()
    {
        foreach (var signer in new[] { LogMlDsa, Witness })
        {
            var line = signer.Sign(Head.Text, Time);
            Assert.False(Verifies(signer.Key, Head.Text, line with { Bytes = line.Bytes[..8] }));
            Assert.False(Verifies(signer.Key, Head.Text, line with { Bytes = line.Bytes[..^1] }));
            var negative = line.Bytes.ToArray();
            negative[0] = 0x80;
            Assert.False(Verifies(signer.Key, Head.Text, line with { Bytes = negative }));
        }
    }

    [Fact]
    public void A_post_quantum_line_under_a_text_that_is_no_checkpoint_does_not_verify() =>
        Assert.False(Verifies(LogMlDsa.Key, "hello\n", LogMlDsa.Sign(Head.Text, Time)));

    [Fact]
    public void Misuse_throws()
    {
        Assert.Throws<ArgumentException>(() => NoteSigning.Message(Log.Key, Head.Text, Time));
        Assert.Throws<ArgumentException>(() => NoteSigning.Message(Witness.Key, Head.Text, -1));
        Assert.Throws<ArgumentException>(() => NoteSigning.Message(LogMlDsa.Key, "hello\n", Time));
        Assert.Throws<ArgumentException>(() => NoteSigning.Line(Log.Key, new byte[64], Time));
        Assert.Throws<ArgumentException>(() => NoteSigning.Line(Log.Key, []));
    }

    [Theory]
    [InlineData("a\n1\n", null)]
    [InlineData("\n1\nROOT\n", null)]
    [InlineData("a\n01\nROOT\n", null)]
    [InlineData("a\n-1\nROOT\n", null)]
    [InlineData("a\n+1\nROOT\n", null)]
    [InlineData("a\n 1\nROOT\n", null)]
    [InlineData("a\n\u0661\nROOT\n", null)] // a digit, but not of ASCII
    [InlineData("a\n9223372036854775808\nROOT\n", null)]
    [InlineData("a\n9223372036854775807\nROOT\n", 9223372036854775807)]
    [InlineData("a\n1\nROOT", null)]
    [InlineData("a\n1\nROOT\n\n", null)]
    [InlineData("a\n1\nROOT\n\nb\n", null)]
    [InlineData("a\n0\nROOT\n", null)] // not the head of the empty tree
    [InlineData("a\n1\nROOT\nextension\n", 1L)]
    [InlineData("a b - 17\n1\nROOT\n", 1L)]
    [InlineData("a\tb\n1\nROOT\n", null)]
    public void Reads_checkpoints_strictly(string text, long? size)
    {
        text = text.Replace("ROOT", Convert.ToBase64String(Head.Root.ToArray()), StringComparison.Ordinal);
        Assert.Equal(size, Checkpoint.TryParse(text, out var checkpoint) ? checkpoint.Size : null);
    }

    private static bool Verifies(VerifierKey key, string text, NoteSignature line) =>
        new SignedNote(text, [line]).Verify([key]).Verdict == NoteVerdict.Verified;

    private static byte[] BigEndian(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}
