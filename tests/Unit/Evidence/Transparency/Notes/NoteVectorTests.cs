using System.Text;
using System.Text.Json;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Tests.Cryptography;

namespace Lace.Tests.Evidence.Transparency.Notes;

/// <summary>Notes, checkpoints and proofs that others made: <c>vectors/tlog</c>.</summary>
public sealed class NoteVectorTests
{
    [Fact]
    public void Agrees_on_every_checkpoint()
    {
        var file = Vectors.Read("tlog", "checkpoints.json");
        var disagreed = new List<string>();
        var (accepted, refused) = (0, 0);
        foreach (var test in file.GetProperty("cases").EnumerateArray())
        {
            var accepts = Accepts(file, test);
            (accepted, refused) = accepts ? (accepted + 1, refused) : (accepted, refused + 1);
            if (accepts != (test.Text("expect") == "accept"))
            {
                disagreed.Add(test.Text("name"));
            }
        }

        Vectors.Print($"checkpoints: {accepted} accepted, {refused} refused, {disagreed.Count} disagreed");
        Assert.Empty(disagreed);
        Assert.True(accepted >= 8 && refused >= 20);
    }

    [Fact]
    public void Agrees_on_every_proof()
    {
        var file = Vectors.Read("tlog", "checkpoints.json");
        Assert.True(TlogPolicy.TryParse(Encoding.UTF8.GetBytes(file.Text("policy")), out var policy, out _));
        var disagreed = new List<string>();
        var (accepted, refused) = (0, 0);
        foreach (var test in file.GetProperty("tlog_proofs").EnumerateArray())
        {
            var text = test.Text("proof");
            var accepts =
                TlogProof.TryParse(Encoding.UTF8.GetBytes(text), out var proof)
                && proof.Verify(new MerkleHash(test.Base64("leaf_hash_b64")), policy).IsIncluded;
            Assert.Equal(proof is null ? null : text, proof?.ToString());
            (accepted, refused) = accepts ? (accepted + 1, refused) : (accepted, refused + 1);
            if (accepts != (test.Text("expect") == "accept"))
            {
                disagreed.Add(test.Text("name"));
            }
        }

        Vectors.Print($"tlog-proofs: {accepted} accepted, {refused} refused, {disagreed.Count} disagreed");
        Assert.Empty(disagreed);
        Assert.True(accepted >= 2 && refused >= 6);
    }

    [Fact]
    public void Verifies_the_example_of_the_specification()
    {
        var file = Vectors.Read("tlog", "signed-note-example.json");
        Assert.True(VerifierKey.TryParse(file.Text("vkey"), out var key));
        Assert.True(SignedNote.TryParse(file.Text("note"), out var note));
        Assert.Equal(NoteVerdict.Verified, note.Verify([key]).Verdict);
        Assert.Equal("This is an example message.\n", note.Text);
        Assert.Equal(file.Text("note"), note.ToString());
        Assert.Equal(file.Text("vkey"), key.ToString());
    }

    [Fact]
    public void Verifies_the_checkpoint_of_Tesseras_golden_log()
    {
        var file = Vectors.Read("tlog", "tessera-golden-log.json");
        Assert.True(VerifierKey.TryParse(file.Text("vkey"), out var key));
        Assert.True(SignedNote.TryParse(file.GetProperty("files_b64").Base64("checkpoint"), out var note));
        var decision = TlogPolicy.Create([key], [], quorum: 0).Evaluate(note);
        Assert.Equal(PolicyVerdict.Accepted, decision.Verdict);
        Assert.Equal(15, decision.Checkpoint!.Size);
        Assert.Equal(note.Text, decision.Checkpoint.Text);
    }

    [Fact]
    public void No_flipped_byte_of_an_accepted_note_stays_accepted()
    {
        var file = Vectors.Read("tlog", "checkpoints.json");
        var flips = 0;
        var names = new[] { "ed25519", "with 2 witnesses" };
        foreach (
            var test in file.GetProperty("cases").EnumerateArray().Where(test => names.Contains(test.Text("name")))
        )
        {
            var bytes = Encoding.UTF8.GetBytes(test.Text("note"));
            for (var i = 0; i < bytes.Length; i++, flips++)
            {
                bytes[i] ^= 1;
                Assert.False(
                    SignedNote.TryParse(bytes, out var note)
                        && Policy(file, test).Evaluate(note).Verdict == PolicyVerdict.Accepted
                );
                bytes[i] ^= 1;
            }
        }

        Vectors.Print($"flipped bytes: {flips}, all refused");
    }

    private static bool Accepts(JsonElement file, JsonElement test) =>
        SignedNote.TryParse(test.Text("note"), out var note)
        && Policy(file, test).Evaluate(note) is { Verdict: PolicyVerdict.Accepted } decision
        && (
            !Requires(test, "log-mldsa44")
            || decision.Signatures.Any(line => line.Key.Equals(Key(file, "log_mldsa44_vkey")))
        );

    /// <summary>What the case configures its verifier to demand.</summary>
    private static TlogPolicy Policy(JsonElement file, JsonElement test)
    {
        VerifierKey[] logs = [Key(file, "log_ed25519_vkey"), Key(file, "log_mldsa44_vkey")];
        var witnesses = file.GetProperty("keys").GetProperty("witness_vkeys").EnumerateArray();
        if (Requires(test, "pq-witness"))
        {
            return TlogPolicy.Create(logs, [Key(file, "pq_witness_vkey")], 1);
        }

        var quorum = Requires(test, "witness-quorum-2-of-3") ? 2 : 0;
        return quorum == 0 && !Requires(test, "witness-keys-known")
            ? TlogPolicy.Create(logs, [], 0)
            : TlogPolicy.Create(logs, witnesses.Select(vkey => Key(vkey.GetString()!)), quorum);
    }

    private static bool Requires(JsonElement test, string demand) =>
        test.GetProperty("require").EnumerateArray().Any(item => item.GetString() == demand);

    private static VerifierKey Key(JsonElement file, string name) => Key(file.GetProperty("keys").Text(name));

    private static VerifierKey Key(string vkey)
    {
        Assert.True(VerifierKey.TryParse(vkey, out var key), vkey);
        Assert.Equal(vkey, key.ToString());
        return key;
    }
}
