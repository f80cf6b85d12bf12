using System.Text;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.Transparency.Notes;

public sealed class SignedNoteTests
{
    private const string Text = "first line\n\nlast line\n";
    private static readonly NoteSigner Log = new("log.test/1", NoteSignatureType.Ed25519, 1);
    private static readonly NoteSigner Stranger = new("stranger.test", NoteSignatureType.Ed25519, 2);

    [Fact]
    public void Verifies_a_text_with_empty_lines()
    {
        var note = Read(new SignedNote(Text, [Log.Sign(Text)]).ToString());
        Assert.Equal(Text, note.Text);
        var verification = note.Verify([Log.Key]);
        Assert.Equal(NoteVerdict.Verified, verification.Verdict);
        Assert.True(verification.IsSignedBy(Log.Key));
        Assert.False(verification.IsSignedBy(Stranger.Key));
    }

    [Fact]
    public void Ignores_lines_of_strangers_even_if_bad()
    {
        var bad = new NoteSignature("stranger.test", 7, new byte[] { 1 });
        var note = Read(new SignedNote(Text, [bad, Stranger.Sign(Text), Log.Sign(Text)]).ToString());
        Assert.Equal([Log.Key], note.Verify([Log.Key]).Signatures.Select(line => line.Key));
    }

    [Fact]
    public void A_bad_line_of_a_known_key_rejects_the_note_beside_good_ones()
    {
        var note = new SignedNote(Text, [Log.Sign(Text), Stranger.Sign("another\n")]);
        var verification = note.Verify([Log.Key, Stranger.Key]);
        Assert.Equal(NoteVerdict.BadSignature, verification.Verdict);
        Assert.Empty(verification.Signatures);
        Assert.False(verification.IsSignedBy(Log.Key));
    }

    [Fact]
    public void A_second_line_of_a_known_key_is_checked_too()
    {
        var note = new SignedNote(Text, [Log.Sign(Text), Log.Sign("another\n")]);
        Assert.Equal(NoteVerdict.BadSignature, note.Verify([Log.Key]).Verdict);
    }

    [Fact]
    public void Nobody_known_is_not_verified()
    {
        var note = new SignedNote(Text, [Stranger.Sign(Text)]);
        Assert.Equal(NoteVerdict.NoKnownSignature, note.Verify([Log.Key]).Verdict);
        Assert.Equal(NoteVerdict.NoKnownSignature, note.Verify([]).Verdict);
    }

    [Fact]
    public void Sharing_a_name_or_an_id_is_not_being_known()
    {
        var good = Log.Sign(Text);
        var otherId = new SignedNote(Text, [good with { KeyId = good.KeyId + 1 }]);
        var otherName = new SignedNote(Text, [good with { Name = "log.test/2" }]);
        Assert.Equal(NoteVerdict.NoKnownSignature, otherId.Verify([Log.Key]).Verdict);
        Assert.Equal(NoteVerdict.NoKnownSignature, otherName.Verify([Log.Key]).Verdict);
    }

    [Fact]
    public void Takes_32_signatures_and_not_33()
    {
        var line = Log.Sign(Text);
        Assert.True(
            SignedNote.TryParse(new SignedNote(Text, [.. Enumerable.Repeat(line, 32)]).ToString(), out var note)
        );
        Assert.Equal(32, note.Verify([Log.Key]).Signatures.Count);
        Assert.False(SignedNote.TryParse(new SignedNote(Text, [.. Enumerable.Repeat(line, 33)]).ToString(), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n\u2014 a AAAAAAA=")]
    [InlineData("text\n\n- a AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 a AAAAAAA=\r\n")]
    [InlineData("text\n\n\u2014 a  AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 a\u00a0b AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 a+b AAAAAAA=\n")]
    [InlineData("text\n\n\u2014  AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 a AAAAAA==\n")] // four bytes: an id and no signature
    [InlineData("text\n\n\u2014 a AAAAAAA\n")]
    [InlineData("text\n\n\u2014 a AAAAAAB=\n")] // bits set that no byte holds
    [InlineData("text\n\n\u2014 a AAAA AAA=\n")]
    [InlineData("te\txt\n\n\u2014 a AAAAAAA=\n")]
    [InlineData("te\u0000xt\n\n\u2014 a AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 a AAAAAAA=\nmore\n")]
    public void Refuses_what_is_no_note(string text)
    {
        Assert.False(SignedNote.TryParse(text, out _));
        Assert.False(SignedNote.TryParse(Encoding.UTF8.GetBytes(text + "\0"), out _));
    }

    // Not among the data above: a test's arguments become UTF-8 on their way.
    [Theory]
    [InlineData(0xd800)]
    [InlineData(0xdc00)]
    public void Refuses_half_a_code_point(int half)
    {
        Assert.False(SignedNote.TryParse($"te{(char)half}xt\n\n\u2014 a AAAAAAA=\n", out _));
        Assert.False(SignedNote.TryParse($"text{(char)half}\n\n\u2014 a AAAAAAA=\n", out _));
    }

    [Fact]
    public void The_smallest_note_is_one()
    {
        Assert.True(SignedNote.TryParse("text\n\n\u2014 a AAAAAAA=\n", out var note));
        Assert.Equal("text\n", note.Text);
    }

    [Fact]
    public void Refuses_bytes_that_are_not_utf8_and_notes_too_large()
    {
        var good = Encoding.UTF8.GetBytes(new SignedNote(Text, [Log.Sign(Text)]).ToString());
        Assert.True(SignedNote.TryParse(good, out _));
        good[0] = 0xff;
        Assert.False(SignedNote.TryParse(good, out _));
        var huge = new string('a', SignedNote.MaxBytes) + "\n";
        Assert.False(SignedNote.TryParse(new SignedNote(huge, [Log.Sign(huge)]).ToString(), out _));
    }

    [Fact]
    public void Random_cut_and_changed_notes_are_refused_without_a_fault()
    {
        var random = new Random(1);
        var good = Encoding.UTF8.GetBytes(new SignedNote(Text, [Log.Sign(Text)]).ToString());
        for (var i = 0; i < 2_000; i++)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            Assert.False(SignedNote.TryParse(noise, out _));
            Assert.False(SignedNote.TryParse(good.AsSpan(0, random.Next(good.Length)), out _));
            var changed = good.ToArray();
            changed[random.Next(changed.Length)] ^= (byte)random.Next(1, 256);
            Assert.False(
                SignedNote.TryParse(changed, out var note) && note.Verify([Log.Key]).Verdict == NoteVerdict.Verified
            );
        }
    }

    private static SignedNote Read(string text)
    {
        Assert.True(SignedNote.TryParse(text, out var note));
        Assert.Equal(text, note.ToString());
        return note;
    }
}
