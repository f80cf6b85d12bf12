using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.Transparency.Notes;

public sealed class TlogProofTests
{
    private const int Size = 13;
    private static readonly NoteSigner Log = new("log.test/1", NoteSignatureType.Ed25519, 1);
    private static readonly TlogPolicy Policy = TlogPolicy.Create([Log.Key], [], 0);

    private static readonly MerkleHash[] Leaves =
    [
        .. Enumerable.Range(0, Size).Select(i => MerkleTree.HashLeaf([(byte)i])),
    ];

    [Fact]
    public void Every_leaf_is_included_at_its_own_index_alone()
    {
        for (var i = 0; i < Size; i++)
        {
            var proof = Read(ProofOf(i).ToString());
            Assert.True(proof.Verify(Leaves[i], Policy).IsIncluded);
            Assert.False(proof.Verify(Leaves[(i + 1) % Size], Policy).IsIncluded);
            Assert.False((proof with { Index = (i + 1) % Size }).Verify(Leaves[i], Policy).IsIncluded);
            Assert.False((proof with { Hashes = [.. proof.Hashes, Leaves[0]] }).Verify(Leaves[i], Policy).IsIncluded);
            Assert.False((proof with { Hashes = [.. proof.Hashes.Skip(1)] }).Verify(Leaves[i], Policy).IsIncluded);
        }
    }

    [Fact]
    public void The_only_leaf_of_a_log_needs_no_hash()
    {
        var text = new Checkpoint("log.test/1", 1, Leaves[0]).Text;
        var proof = Read(new TlogProof(0, [], new SignedNote(text, [Log.Sign(text)])).ToString());
        Assert.True(proof.Verify(Leaves[0], Policy).IsIncluded);
    }

    [Fact]
    public void Nothing_is_included_under_a_checkpoint_that_the_policy_refuses()
    {
        var proof = ProofOf(3);
        var strange = new NoteSigner("log.test/1", NoteSignatureType.Ed25519, 2);
        var forged = proof with
        {
            Checkpoint = proof.Checkpoint with { Signatures = [strange.Sign(proof.Checkpoint.Text)] },
        };
        var verification = forged.Verify(Leaves[3], Policy);
        Assert.Equal(PolicyVerdict.NotSignedByLog, verification.Decision.Verdict);
        Assert.False(verification.IsIncluded);
    }

    [Fact]
    public void Extra_data_comes_back()
    {
        var proof = Read((ProofOf(3) with { Extra = "context"u8.ToArray() }).ToString());
        Assert.Equal("context"u8, proof.Extra.Span);
        Assert.True(Read(ProofOf(3).ToString()).Extra.IsEmpty);
    }

    [Theory]
    [InlineData("c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\n")]
    [InlineData("c2sp.org/tlog-proof@v1\n", "")]
    [InlineData("index 3\n", "")]
    [InlineData("index 3\n", "index 03\n")]
    [InlineData("index 3\n", "index -3\n")]
    [InlineData("index 3\n", "index  3\n")]
    [InlineData("index 3\n", "index 9223372036854775808\n")]
    [InlineData("index 3\n", "Index 3\n")]
    [InlineData("index 3\n", "index 3\nextra AAAA\n")]
    [InlineData("index 3\n", "extra \nindex 3\n")]
    [InlineData("index 3\n", "extra AAA\nindex 3\n")]
    [InlineData("index 3\n", "extra AAAA\nextra AAAA\nindex 3\n")]
    [InlineData("index 3\n", "index 3\nAAAA\n")]
    [InlineData("index 3\n", "index 3\r\n")]
    [InlineData("index 3\n", "\nindex 3\n")]
    [InlineData("\n\nlog.test", "\nlog.test")]
    [InlineData("\n\nlog.test", "\n\n\nlog.test")]
    [InlineData("\u2014", "-")]
    public void Refuses_what_is_no_proof_or_one_of_nothing(string part, string with)
    {
        var text = ProofOf(3).ToString();
        var changed = text.Replace(part, with, StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        Assert.False(
            TlogProof.TryParse(Encoding.UTF8.GetBytes(changed), out var proof)
                && proof.Verify(Leaves[3], Policy).IsIncluded
        );
    }

    [Fact]
    public void Takes_63_hashes_and_not_64()
    {
        Assert.True(TlogProof.TryParse(Bytes(63), out _));
        Assert.False(TlogProof.TryParse(Bytes(64), out _));

        static byte[] Bytes(int hashes) =>
            Encoding.UTF8.GetBytes((ProofOf(3) with { Hashes = [.. Enumerable.Repeat(Leaves[0], hashes)] }).ToString());
    }

    [Fact]
    public void Cut_changed_random_and_huge_files_are_refused_without_a_fault()
    {
        var good = Encoding.UTF8.GetBytes(ProofOf(3).ToString());
        for (var i = 0; i < good.Length; i++)
        {
            Assert.False(TlogProof.TryParse(good.AsSpan(0, i), out _));
            good[i] ^= 1;
            Assert.False(TlogProof.TryParse(good, out var proof) && proof.Verify(Leaves[3], Policy).IsIncluded);
            good[i] ^= 1;
        }

        var random = new Random(1);
        for (var i = 0; i < 1_000; i++)
        {
            var noise = new byte[random.Next(300)];
            random.NextBytes(noise);
            Assert.False(TlogProof.TryParse(noise, out _));
            Assert.False(AddCheckpointRequest.TryParse(noise, out _));
        }

        Assert.False(TlogProof.TryParse(Enumerable.Repeat((byte)'\n', TlogProof.MaxBytes).ToArray(), out _));
        Assert.False(TlogProof.TryParse(new byte[100_000_000], out _));
        Assert.False(AddCheckpointRequest.TryParse(new byte[100_000_000], out _));
    }

    [Fact]
    public void A_request_to_a_witness_has_the_form_of_the_specification()
    {
        var note = ProofOf(3).Checkpoint;
        var text = new AddCheckpointRequest(7, [Leaves[0], Leaves[1]], note).ToString();
        Assert.Equal(
            $"old 7\n{Convert.ToBase64String(Leaves[0].ToArray())}\n{Convert.ToBase64String(Leaves[1].ToArray())}\n\n{note}",
            text
        );
        Assert.True(AddCheckpointRequest.TryParse(Encoding.UTF8.GetBytes(text), out var request));
        Assert.Equal((7, 2, text), (request.OldSize, request.Proof.Count, request.ToString()));
        Assert.True(AddCheckpointRequest.TryParse(Encoding.UTF8.GetBytes($"old 0\n\n{note}"), out _));
    }

    [Theory]
    [InlineData("old 07\n\n")]
    [InlineData("old -7\n\n")]
    [InlineData("old\n\n")]
    [InlineData("old 7\nAAAA\n\n")]
    [InlineData("7\n\n")]
    [InlineData("\n\n")]
    [InlineData("\nold 7\n\n")]
    [InlineData("old 7\n")]
    public void Refuses_what_is_no_request_to_a_witness(string head) =>
        Assert.False(AddCheckpointRequest.TryParse(Encoding.UTF8.GetBytes(head + ProofOf(3).Checkpoint), out _));

    private static TlogProof ProofOf(int index)
    {
        var text = new Checkpoint("log.test/1", Size, MerkleTree.Head(Leaves)).Text;
        return new TlogProof(index, MerkleTree.InclusionProof(Leaves, index), new SignedNote(text, [Log.Sign(text)]));
    }

    private static TlogProof Read(string text)
    {
        Assert.True(TlogProof.TryParse(Encoding.UTF8.GetBytes(text), out var proof));
        Assert.Equal(text, proof.ToString());
        return proof;
    }
}
