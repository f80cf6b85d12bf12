using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Cryptography;
using Lace.Cryptography.Json;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Tests.Architecture;

namespace Lace.Tests.Docs;

/// <summary>The examples of <c>docs/formats</c>, which other software made, read with the product.</summary>
public sealed class FormatExamplesTests
{
    private static readonly FormatPage Index = FormatPage.Open("formats/README.md");

    [Fact]
    public void The_page_shows_what_the_files_hold()
    {
        Assert.Equal(ReadText("statement.json"), Index.Text("statement"));
        Assert.Equal(ReadText("leaf-p256.json"), Index.Text("leaf-p256"));
        Assert.Equal(ReadText("leaf-hybrid.json"), Index.Text("leaf-hybrid"));
        Assert.StartsWith(Index.Lines("checkpoint"), ReadText("checkpoint"), StringComparison.Ordinal);
        Assert.StartsWith(Index.Lines("audit-entry"), ReadText("audit.jsonl"), StringComparison.Ordinal);
        Assert.Equal(Index.Text("log-vkey"), Policy.GetProperty("log").GetProperty("vkeys")[0].GetString());
    }

    [Fact]
    public void The_statement_is_canonical_and_its_digest_the_one_stated()
    {
        var statement = ReadStatement();

        Assert.Equal(Index.Text("pae-sha256"), statement.PaeDigest.ToString());
        Assert.True(statement.TryRead(PredicateTypes.AuditHead, out var predicate));
        Assert.Equal((3, statement.Subject), (predicate.Entries, predicate.Head));
        AssertNoChangePasses(
            Read("statement.json"),
            changed =>
                Statement.TryParse(changed, out var other) == StatementError.None
                && other!.PaeDigest == statement.PaeDigest
        );
    }

    [Fact]
    public void Both_signatures_verify_under_the_keys_of_the_policy()
    {
        var statement = ReadStatement();
        var time = DateTimeOffset.Parse("2026-11-20T13:46:01Z", null);
        foreach (var (algorithm, signature) in Signatures())
        {
            Assert.Equal(
                SignatureVerdict.Valid,
                StatementVerification.Verify(statement, algorithm, signature, Keys, time)
            );
            Assert.Equal(
                SignatureVerdict.KeyNotValidThen,
                StatementVerification.Verify(statement, algorithm, signature, Keys, time.AddYears(-1))
            );
            AssertNoChangePasses(
                signature.Signature.ToArray(),
                changed =>
                    StatementVerification.Verify(
                        statement,
                        algorithm,
                        signature with
                        {
                            Signature = changed,
                        },
                        Keys,
                        time
                    ) == SignatureVerdict.Valid
            );
        }
    }

    [Fact]
    public void The_public_keys_are_those_of_the_published_seeds()
    {
        using var hybrid = SignatureAlgorithm.MlDsa65Ed25519.ImportKey(Seed(0, 64));
        using var ed25519 = SignatureAlgorithm.Ed25519.ImportKey(Seed(64, 32));
        using var mlDsa = SignatureAlgorithm.MlDsa44.ImportKey(Seed(96, 32));
        using var p256 = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Seed(1, 32) });

        Assert.Equal(p256.ExportSubjectPublicKeyInfo(), Keys[0].PublicKey.ToArray());
        Assert.Equal(hybrid.PublicKey.Encoded, Keys[1].PublicKey.Span);
        Assert.Equal(ed25519.PublicKey.Encoded, LogKeys[0].PublicKey.Span);
        Assert.Equal(mlDsa.PublicKey.Encoded, LogKeys[1].PublicKey.Span);
    }

    [Fact]
    public void The_leaves_are_rebuilt_from_the_statement_and_hash_to_the_root()
    {
        var digest = ReadStatement().PaeDigest;
        var ((_, p256), (_, hybrid)) = (Signatures()[0], Signatures()[1]);
        byte[][] leaves =
        [
            LogEntries.HashedRekord(digest, p256.Signature.Span, Keys[0].PublicKey.Span),
            LogEntries.LaceHybrid(digest, hybrid.KeyId, hybrid.Signature.Span),
        ];
        Assert.Equal(Index.Text("leaf-p256"), Encoding.UTF8.GetString(leaves[0]));
        Assert.Equal(Index.Text("leaf-hybrid"), Encoding.UTF8.GetString(leaves[1]));

        var stated = Index.Json("leaf-hashes");
        var hashes = leaves.Select(leaf => MerkleTree.HashLeaf(leaf)).ToArray();
        Assert.Equal(stated.Text("p256"), hashes[0].ToString());
        Assert.Equal(stated.Text("hybrid"), hashes[1].ToString());
        Assert.Equal(stated.Text("root"), MerkleTree.Head(hashes).ToString());
        Assert.Equal(MerkleTree.Head(hashes), ReadCheckpoint().Root);
    }

    [Fact]
    public void The_checkpoint_is_signed_by_both_keys_of_the_log()
    {
        Assert.True(SignedNote.TryParse(ReadText("checkpoint"), out var note));
        var verified = note.Verify(LogKeys);
        Assert.Equal(NoteVerdict.Verified, verified.Verdict);
        Assert.All(LogKeys, key => Assert.True(verified.IsSignedBy(key)));
        Assert.Equal(1795182361, verified.Signatures[1].UnixSeconds);
        Assert.Equal(("log.example.com/1", 2), (ReadCheckpoint().Origin, ReadCheckpoint().Size));
        AssertNoChangePasses(
            Encoding.UTF8.GetBytes(ReadText("checkpoint")),
            changed =>
                SignedNote.TryParse(changed, out var other) && LogKeys.All(key => other.Verify(LogKeys).IsSignedBy(key))
        );
    }

    [Fact]
    public void Each_audit_entry_hashes_to_what_it_and_the_next_one_state()
    {
        var previous = "sha256:" + new string('0', 64);
        foreach (var line in ReadText("audit.jsonl").TrimEnd('\n').Split('\n'))
        {
            Assert.Equal(line, Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(line))));
            var entry = JsonNode.Parse(line)!.AsObject();
            var stated = entry["record_hash"]!.GetValue<string>();
            entry.Remove("record_hash");
            var hash = SHA256.HashData(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(entry.ToJsonString())));
            Assert.Equal(stated, "sha256:" + Convert.ToHexStringLower(hash));
            Assert.Equal(previous, entry["prev_hash"]!.GetValue<string>());
            previous = stated;
        }

        Assert.Equal(previous, "sha256:" + ReadStatement().Subject);
    }

    [Fact]
    public void Every_page_has_its_line_in_the_index()
    {
        var pages = Directory
            .GetFiles(FormatPage.PathOf("formats"), "*.md")
            .Select(path => Path.GetFileName(path))
            .Where(page => page != "README.md");
        var index = File.ReadAllText(FormatPage.PathOf("formats/README.md"));
        Assert.All(pages, page => Assert.Contains($"| [{page}]({page}) |", index, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_example_of_every_page_is_read_by_a_test()
    {
        var tests = string.Concat(Sources.Files("*.cs", "tests/Unit/Docs").Select(File.ReadAllText));
        var pages = Directory.GetFiles(FormatPage.PathOf("formats"), "*.md").Append(FormatPage.PathOf("protocol.md"));
        var examples = pages.SelectMany(path => FormatPage.Open(path).Examples).ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains($"(\"{example}\")", tests, StringComparison.Ordinal));
    }

    private static JsonElement Policy { get; } = JsonElement.Parse(Read("policy.json"));

    private static StatementKey[] Keys { get; } =
    [
        .. Policy
            .GetProperty("statement_keys")
            .EnumerateArray()
            .Select(key =>
                StatementKey.TryImport(
                    key.GetProperty("algorithm").Deserialize<StatementAlgorithm>(),
                    key.GetProperty("public_key").GetBytesFromBase64(),
                    key.GetProperty("valid_from").GetDateTimeOffset()
                )!
            ),
    ];

    private static VerifierKey[] LogKeys { get; } =
    [
        .. Policy
            .GetProperty("log")
            .GetProperty("vkeys")
            .EnumerateArray()
            .Select(vkey => VerifierKey.TryParse(vkey.GetString(), out var key) ? key : throw new FormatException()),
    ];

    private static Statement ReadStatement()
    {
        Assert.Equal(StatementError.None, Statement.TryParse(Read("statement.json"), out var statement));
        return statement!;
    }

    private static Checkpoint ReadCheckpoint()
    {
        Assert.True(SignedNote.TryParse(ReadText("checkpoint"), out var note));
        Assert.True(Checkpoint.TryParse(note.Text, out var checkpoint));
        return checkpoint;
    }

    private static (StatementAlgorithm Algorithm, StatementSignature Signature)[] Signatures()
    {
        var envelope = JsonElement.Parse(Read("statement.sigstore.json")).GetProperty("dsseEnvelope");
        var p256 = Assert.Single(envelope.GetProperty("signatures").EnumerateArray());
        var hybrid = JsonElement.Parse(Read("statement.hyb"));
        Assert.Equal(Read("statement.json"), envelope.GetProperty("payload").GetBytesFromBase64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Read("statement.json"))), hybrid.Text("payload_sha256"));
        return
        [
            (StatementAlgorithm.P256, new(p256.Text("keyid")!, p256.GetProperty("sig").GetBytesFromBase64())),
            (
                StatementAlgorithm.Hybrid,
                new(hybrid.Text("key_id")!, hybrid.GetProperty("signature").GetBytesFromBase64())
            ),
        ];
    }

    private static byte[] Seed(int first, int count) => [.. Enumerable.Range(first, count).Select(i => (byte)i)];

    private static byte[] Read(string name) => File.ReadAllBytes(FormatPage.PathOf($"formats/examples/{name}"));

    private static string ReadText(string name) => Encoding.UTF8.GetString(Read(name));

    // A spread of single bits, each of which must be noticed.
    private static void AssertNoChangePasses(byte[] bytes, Func<byte[], bool> passes)
    {
        Assert.True(passes(bytes));
        for (var at = 0; at < bytes.Length; at += Math.Max(1, bytes.Length / 97))
        {
            bytes[at] ^= (byte)(1 << (at % 7));
            Assert.False(passes(bytes), $"byte {at}");
            bytes[at] ^= (byte)(1 << (at % 7));
        }
    }
}
