using System.Text;
using Lace.Evidence.Audit;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using static Lace.Tests.Docs.FormatExamples;

namespace Lace.Tests.Docs;

public sealed class LogExamplesTests
{
    [Fact]
    public void The_checkpoint_is_signed_by_both_keys_of_the_log()
    {
        Assert.True(SignedNote.TryParse(ReadText("checkpoint"), out var note));
        var verified = note.Verify(Policy.Log.Keys);
        Assert.Equal(NoteVerdict.Verified, verified.Verdict);
        Assert.Equal(1795182361, verified.Signatures[1].UnixSeconds);
        Assert.Equal((Policy.Log.Origin, 2), (ExampleCheckpoint.Origin, ExampleCheckpoint.Size));
        AssertNoChangePasses(
            Encoding.UTF8.GetBytes(ReadText("checkpoint")),
            changed =>
                SignedNote.TryParse(changed, out var other)
                && Policy.Log.Keys.All(other.Verify(Policy.Log.Keys).IsSignedBy)
        );
    }

    [Fact]
    public void The_proof_shows_the_leaf_to_be_in_the_log()
    {
        var leaf = MerkleTree.HashLeaf(Read("leaf-p256.json"));
        var policy = TlogPolicy.Create(Policy.Log.Keys, [], quorum: 0);
        Assert.True(TlogProof.TryParse(Read("statement.tlog-proof"), out var proof));
        Assert.True(proof.Verify(leaf, policy).IsIncluded);
        Assert.False(proof.Verify(MerkleTree.HashLeaf(Read("leaf-hybrid.json")), policy).IsIncluded);
        AssertNoChangePasses(
            Read("statement.tlog-proof"),
            changed => TlogProof.TryParse(changed, out var other) && other.Verify(leaf, policy).IsIncluded
        );
    }

    [Fact]
    public void The_audit_entries_are_a_chain_and_the_statement_names_its_head()
    {
        var head = new AuditChainHead(3, ExampleStatement.Subject);
        var verified = Verify(Read("audit.jsonl"), head);
        Assert.True(verified.Holds, $"{verified.Fault} in line {verified.Line}");
        Assert.Equal((3, ExampleStatement.Subject), (verified.Entries, verified.Head));
        Assert.Equal(AuditEntry.ChainOf("example-tenant"), verified.Chain);
        AssertNoChangePasses(Read("audit.jsonl"), changed => Verify(changed, head).Holds);

        var cut = ReadText("audit.jsonl").Split('\n')[..2];
        var shortened = Encoding.UTF8.GetBytes(string.Concat(cut.Select(line => line + "\n")));
        Assert.True(Verify(shortened, null).Holds);
        Assert.Equal(AuditFault.CutShort, Verify(shortened, head).Fault);
    }

    private static AuditVerification Verify(byte[] file, AuditChainHead? head) =>
        AuditChainVerifier.Verify(new MemoryStream(file), head, threads: 1);
}
