using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.Transparency.Notes;

public sealed class TlogPolicyTests
{
    private const long Time = 1_790_000_000;
    private static readonly NoteSigner Log = new("log.test/1", NoteSignatureType.Ed25519, 1);
    private static readonly NoteSigner LogMlDsa = new("log.test/1", NoteSignatureType.MlDsa44Cosignature, 2);

    private static readonly NoteSigner[] Witnesses =
    [
        .. Enumerable
            .Range(0, 6)
            .Select(i => new NoteSigner($"w{i}.test", NoteSignatureType.Ed25519Cosignature, (byte)(10 + i))),
    ];

    private static readonly string Text = new Checkpoint("log.test/1", 5, MerkleTree.HashLeaf("x"u8)).Text;

    /// <summary>The example of C2SP: two of X1 to X3 and any of Y1 to Y3.</summary>
    private static readonly string Example =
        $"log {Log.Key} https://log.test/\n\n"
        + $"witness X1 {Witnesses[0].Key}\nwitness X2 {Witnesses[1].Key}\n\twitness\tX3  {Witnesses[2].Key} \n"
        + "group X-witnesses 2 X1 X2 X3\n"
        + $"witness Y1 {Witnesses[3].Key} https://y1.test/\nwitness Y2 {Witnesses[4].Key}\nwitness Y3 {Witnesses[5].Key}\n"
        + "  # a comment\ngroup Y-witnesses any Y1 Y2 Y3\n"
        + "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";

    [Theory]
    [InlineData(PolicyVerdict.Accepted, 0, 1, 3)]
    [InlineData(PolicyVerdict.Accepted, 2, 1, 5)]
    [InlineData(PolicyVerdict.Accepted, 0, 1, 2, 3, 4, 5)]
    [InlineData(PolicyVerdict.QuorumNotMet, 0, 3)]
    [InlineData(PolicyVerdict.QuorumNotMet, 0, 0, 3)]
    [InlineData(PolicyVerdict.QuorumNotMet, 0, 1, 2)]
    [InlineData(PolicyVerdict.QuorumNotMet, 3, 4, 5)]
    [InlineData(PolicyVerdict.QuorumNotMet)]
    public void Counts_witnesses_by_groups(PolicyVerdict expected, params int[] cosigners)
    {
        var note = new SignedNote(Text, [Log.Sign(Text), .. cosigners.Select(i => Witnesses[i].Sign(Text, Time))]);
        Assert.Equal(expected, Read(Example).Evaluate(note).Verdict);
    }

    [Fact]
    public void Says_what_it_accepted()
    {
        var note = new SignedNote(Text, [Log.Sign(Text), LogMlDsa.Sign(Text, Time), Witnesses[1].Sign(Text, Time)]);
        var decision = TlogPolicy.Create([Log.Key, LogMlDsa.Key], [Witnesses[1].Key], 1).Evaluate(note);
        Assert.Equal(5, decision.Checkpoint!.Size);
        Assert.Equal([Log.Key, LogMlDsa.Key, Witnesses[1].Key], decision.Signatures.Select(line => line.Key));
    }

    [Fact]
    public void A_cosignature_without_time_does_not_count()
    {
        var note = new SignedNote(Text, [Log.Sign(Text), Witnesses[0].Sign(Text)]);
        Assert.Equal(
            PolicyVerdict.QuorumNotMet,
            TlogPolicy.Create([Log.Key], [Witnesses[0].Key], 1).Evaluate(note).Verdict
        );
        Assert.Equal(
            PolicyVerdict.Accepted,
            TlogPolicy.Create([Log.Key], [Witnesses[0].Key], 0).Evaluate(note).Verdict
        );
    }

    [Fact]
    public void Either_key_of_a_log_will_do()
    {
        var policy = TlogPolicy.Create([Log.Key, LogMlDsa.Key], [], 0);
        Assert.Equal(PolicyVerdict.Accepted, policy.Evaluate(new SignedNote(Text, [Log.Sign(Text)])).Verdict);
        Assert.Equal(
            PolicyVerdict.Accepted,
            policy.Evaluate(new SignedNote(Text, [LogMlDsa.Sign(Text, Time)])).Verdict
        );
    }

    [Fact]
    public void Refuses_each_for_its_reason()
    {
        var policy = TlogPolicy.Create([Log.Key], [Witnesses[0].Key], 1);
        var foreign = Text.Replace("log.test/1", "log.test/2", StringComparison.Ordinal);
        Expect(PolicyVerdict.NotACheckpoint, new SignedNote("hello\n", [Log.Sign("hello\n")]));
        Expect(
            PolicyVerdict.UnknownLog,
            new SignedNote(foreign, [Log.Sign(foreign), Witnesses[0].Sign(foreign, Time)])
        );
        Expect(PolicyVerdict.BadSignature, new SignedNote(Text, [Log.Sign(foreign), Witnesses[0].Sign(Text, Time)]));
        Expect(PolicyVerdict.BadSignature, new SignedNote(Text, [Log.Sign(Text), Witnesses[0].Sign(foreign, Time)]));
        Expect(PolicyVerdict.NotSignedByLog, new SignedNote(Text, [Witnesses[0].Sign(Text, Time)]));
        Expect(PolicyVerdict.NotSignedByLog, new SignedNote(Text, [LogMlDsa.Sign(Text, Time)]));
        Expect(PolicyVerdict.QuorumNotMet, new SignedNote(Text, [Log.Sign(Text), Witnesses[1].Sign(Text, Time)]));

        void Expect(PolicyVerdict verdict, SignedNote note)
        {
            var decision = policy.Evaluate(note);
            Assert.Equal(verdict, decision.Verdict);
            Assert.Null(decision.Checkpoint);
            Assert.Empty(decision.Signatures);
        }
    }

    [Fact]
    public void Has_the_same_text_after_reading()
    {
        var text = Read(Example).ToString();
        Assert.Equal(text, Read(text).ToString());
        Assert.Contains($"log {Log.Key} https://log.test/\n", text, StringComparison.Ordinal);
        Assert.Contains("group X-and-Y 2 X-witnesses Y-witnesses\nquorum X-and-Y\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no quorum line")]
    [InlineData("log LOG\n", "no quorum line")]
    [InlineData("quorum none\nquorum none\n", "Line 2 of the policy: is a second quorum")]
    [InlineData("quorum A\nwitness A W0\n", "Line 1 of the policy: the quorum is not defined before")]
    [InlineData("quorum\n", "is no log, witness, group or quorum line")]
    [InlineData("quorum none more\n", "is no log, witness, group or quorum line")]
    [InlineData("mirror A\nquorum none\n", "is no log, witness, group or quorum line")]
    [InlineData("Quorum none\n", "is no log, witness, group or quorum line")]
    [InlineData("log W0\nquorum none\n", "the key is not one of a log")]
    [InlineData("log LOGx\nquorum none\n", "the key is not one of a log")]
    [InlineData("log LOG\nlog LOG\nquorum none\n", "the key of a log is there twice")]
    [InlineData("log LOG\nlog RENAMED\nquorum none\n", "the key of a log is there twice")]
    [InlineData("log LOG url more\nquorum none\n", "is no log, witness, group or quorum line")]
    [InlineData("witness A LOG\nquorum none\n", "the key is not one of a witness")]
    [InlineData("witness A W0\nwitness B W0\nquorum none\n", "the key of a witness is there twice")]
    [InlineData("witness A W0\nwitness A W1\nquorum none\n", "Line 2 of the policy: the name is taken")]
    [InlineData("witness none W0\nquorum none\n", "the name is taken")]
    [InlineData("witness A W0\ngroup A any A\nquorum A\n", "the name is taken")]
    [InlineData("witness A W0\ngroup none any A\nquorum none\n", "the name is taken")]
    [InlineData("witness A W0\ngroup G any\nquorum G\n", "is no log, witness, group or quorum line")]
    [InlineData("witness A W0\ngroup G 0 A\nquorum G\n", "the threshold")]
    [InlineData("witness A W0\ngroup G 2 A\nquorum G\n", "the threshold")]
    [InlineData("witness A W0\ngroup G 01 A\nquorum G\n", "the threshold")]
    [InlineData("witness A W0\ngroup G 4294967297 A\nquorum G\n", "the threshold")]
    [InlineData("witness A W0\ngroup G some A\nquorum G\n", "the threshold")]
    [InlineData("witness A W0\ngroup G any A none\nquorum G\n", "a member is not defined before")]
    [InlineData("witness A W0\ngroup G any A B\nwitness B W1\nquorum G\n", "a member is not defined before")]
    [InlineData("witness A W0\ngroup G 2 A A\nquorum G\n", "a member is in a group already")]
    [InlineData("witness A W0\ngroup G any A\ngroup H any A\nquorum G\n", "a member is in a group already")]
    [InlineData("witness A W0\ngroup G any G\nquorum G\n", "a member is not defined before")]
    [InlineData("quorum none\r\n", "has a control character")]
    [InlineData("# \u007f\nquorum none\n", "has a control character")]
    [InlineData("# \0\nquorum none\n", "has a control character")]
    public void Refuses_each_fault_with_its_line(string text, string problem)
    {
        var renamed = VerifierKey.Create("renamed.test", NoteSignatureType.Ed25519, Log.Key.PublicKey.Span)!;
        text = text.Replace("LOG", Log.Key.ToString(), StringComparison.Ordinal)
            .Replace("RENAMED", renamed.ToString(), StringComparison.Ordinal)
            .Replace("W0", Witnesses[0].Key.ToString(), StringComparison.Ordinal)
            .Replace("W1", Witnesses[1].Key.ToString(), StringComparison.Ordinal);
        Assert.False(TlogPolicy.TryParse(Encoding.UTF8.GetBytes(text), out var policy, out var found));
        Assert.Null(policy);
        Assert.Contains(problem, found, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_32_logs_and_32_witnesses_with_post_quantum_keys()
    {
        var keys = Enumerable
            .Range(0, 32)
            .Select(i => new NoteSigner($"k{i}.test", NoteSignatureType.MlDsa44Cosignature, (byte)i).Key)
            .ToList();
        var text = TlogPolicy.Create(keys, keys, 32).ToString();
        Assert.Equal(text, Read(text).ToString());
    }

    [Fact]
    public void Refuses_bytes_that_are_not_utf8_too_many_of_them_and_noise()
    {
        Assert.False(TlogPolicy.TryParse([0xff, (byte)'\n'], out _, out _));
        Assert.False(TlogPolicy.TryParse(new byte[TlogPolicy.MaxBytes + 1], out _, out var problem));
        Assert.Contains("262144", problem, StringComparison.Ordinal);
        var random = new Random(1);
        for (var i = 0; i < 1_000; i++)
        {
            var noise = new byte[random.Next(300)];
            random.NextBytes(noise);
            Assert.False(TlogPolicy.TryParse(noise, out _, out _));
        }
    }

    [Fact]
    public void Misuse_throws()
    {
        Assert.Throws<ArgumentException>(() => TlogPolicy.Create([Log.Key], [Witnesses[0].Key], 2));
        Assert.Throws<ArgumentException>(() => TlogPolicy.Create([Log.Key], [Witnesses[0].Key], -1));
        Assert.Throws<ArgumentException>(() => TlogPolicy.Create([Log.Key], [], 1));
        Assert.Throws<ArgumentException>(() => TlogPolicy.Create([Witnesses[0].Key], [], 0));
    }

    private static TlogPolicy Read(string text)
    {
        Assert.True(TlogPolicy.TryParse(Encoding.UTF8.GetBytes(text), out var policy, out var problem), problem);
        return policy;
    }
}
