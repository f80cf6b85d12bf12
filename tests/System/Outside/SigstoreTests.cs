using System.Text.Json.Nodes;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.SystemTests.Platform.Contracts;
using Lace.SystemTests.Platform.Embedded;
using Lace.Tests;

namespace Lace.SystemTests.Outside;

/// <summary>
/// Our bundles before npm's <c>@sigstore/verify</c> and before our own verifier. What the other one is known to miss is
/// asserted as well, so that we notice when it changes.
/// </summary>
public sealed class SigstoreTests : IDisposable
{
    // The line of ML-DSA-44, whose key a trusted root cannot name: whoever does not know a key passes over its line.
    private const string LineOfAnUnknownKey =
        "verificationMaterial.tlogEntries[0].inclusionProof.checkpoint.envelope#5";

    // It takes the index from the inclusion proof, root and size from the checkpoint, and the log from the checkpoint's key.
    private static readonly string[] NotReadByTheOther =
    [
        LineOfAnUnknownKey,
        "verificationMaterial.tlogEntries[0].inclusionProof.rootHash",
        "verificationMaterial.tlogEntries[0].inclusionProof.treeSize",
        "verificationMaterial.tlogEntries[0].integratedTime",
        "verificationMaterial.tlogEntries[0].logId.keyId",
        "verificationMaterial.tlogEntries[0].logIndex",
    ];

    private readonly EmbeddedFixture platform = new();

    [Fact]
    public async Task The_other_verifier_agrees_on_the_private_log_but_for_its_known_gaps()
    {
        var vectors = JsonNode.Parse(File.ReadAllBytes(SharedFolder.Path("vectors", "sigstore", "own-log.json")))!;
        var cases = vectors["cases"]!.AsArray().OfType<JsonNode>().ToList();
        var key = EcdsaPublicKey.TryImport(Pem(vectors["public_key_pem"]!.GetValue<string>()))!;
        var judge = new SigstoreJudge(vectors["trusted_root"]!, key.SubjectPublicKeyInfo);
        var verdicts = await judge.JudgeAsync(
            cases.Select(c => new SigstoreJudge.Question(c["bundle"]!, Bytes(c["artifact_b64"]!)))
        );

        var disagreed = cases.Zip(verdicts).Where(pair => Expected(pair.First) != pair.Second.Accepted);
        Assert.Equal(
            ["attestation-good", "index-wrong", "index-negative", "index-beyond-size"],
            disagreed.Select(pair => pair.First["name"]!.GetValue<string>())
        );
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"@sigstore/verify: {verdicts.Count(v => v.Accepted)} of {cases.Count} accepted, 4 known gaps"
        );
    }

    [Fact]
    public async Task Takes_the_signature_of_a_statement_without_its_log_entry()
    {
        var made = await MakeAsync();
        var bundle = made.Bundle;
        bundle["verificationMaterial"]!["tlogEntries"] = new JsonArray();
        var changed = JsonChanges.Of(bundle).ToList();

        Assert.True((await made.Judge.JudgeAsync(new SigstoreJudge.Question(bundle, LogEntries: 0))).Accepted);
        Assert.False((await made.Judge.JudgeAsync(new SigstoreJudge.Question(bundle, LogEntries: 1))).Accepted);
        var verdicts = await made.Judge.JudgeAsync(
            changed.Select(change => new SigstoreJudge.Question(change.Document, LogEntries: 0))
        );
        Assert.Equal(["dsseEnvelope.signatures[0].keyid"], Accepted(changed, verdicts));
    }

    [Fact]
    public async Task Still_cannot_tie_an_envelope_to_its_log_entry_as_ours_does()
    {
        var made = await MakeAsync();
        var verdict = await made.Judge.JudgeAsync(new SigstoreJudge.Question(made.Bundle));

        Assert.Equal((false, "digest mismatch"), (verdict.Accepted, verdict.Why));
        Assert.True(made.Verify(made.Bundle, artifact: null)!.Accepted);
    }

    /// <summary>Signature and leaf of a statement are those of its PAE as a message: so its log entry can be judged after all.</summary>
    [Fact]
    public async Task Takes_the_log_entry_of_a_statement_and_no_changed_field_of_it()
    {
        var made = await MakeAsync();
        var bundle = made.MessageBundle;
        var changed = JsonChanges.Of(bundle).ToList();
        var verdicts = await made.Judge.JudgeAsync(
            changed
                .Select(change => change.Document)
                .Prepend(bundle)
                .Select(document => new SigstoreJudge.Question(document, made.Statement.Pae))
        );

        Assert.True(verdicts[0].Accepted, verdicts[0].Why);
        Assert.Equal(NotReadByTheOther, Accepted(changed, verdicts.Skip(1)));
        var artifact = made.Statement.PaeDigest;
        Assert.True(made.Verify(bundle, artifact)!.Accepted);
        Assert.Equal([LineOfAnUnknownKey], AcceptedHere(made, changed, artifact));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{changed.Count} changed bundles: ours refuses all but 1, @sigstore/verify all but {NotReadByTheOther.Length}"
        );
    }

    [Fact]
    public async Task Ours_refuses_every_changed_field_but_the_line_of_a_key_that_it_does_not_know()
    {
        var made = await MakeAsync();
        var changed = JsonChanges.Of(made.Bundle).ToList();

        Assert.Equal([LineOfAnUnknownKey], AcceptedHere(made, changed, artifact: null));
        Assert.True(changed.Count > 15, $"{changed.Count} fields");
    }

    [Fact]
    public async Task Neither_takes_another_logs_entry_or_another_key()
    {
        var (made, other) = (await MakeAsync(), await MakeAsync());
        var question = new SigstoreJudge.Question(made.MessageBundle, made.Statement.Pae);
        var foreign = JsonNode.Parse(other.Root.ToJson())!;
        var wrongLog = new SigstoreJudge(foreign, made.P256.SubjectPublicKeyInfo);
        var wrongKey = new SigstoreJudge(JsonNode.Parse(made.Root.ToJson())!, other.P256.SubjectPublicKeyInfo);

        Assert.Contains("checkpoint", (await wrongLog.JudgeAsync(question)).Why, StringComparison.Ordinal);
        Assert.Contains("key not found", (await wrongKey.JudgeAsync(question)).Why, StringComparison.Ordinal);
        Assert.False(other.Verify(made.MessageBundle, made.Statement.PaeDigest)!.Accepted);
    }

    [Fact]
    public async Task The_other_verifier_takes_the_example_of_the_documentation()
    {
        var bundle = Example("statement.sigstore.json");
        bundle["verificationMaterial"]!["tlogEntries"] = new JsonArray();
        var key = Bytes(Example("policy.json")["statement_keys"]![0]!["public_key"]!);
        var judge = new SigstoreJudge(Example("trusted_root.json"), key);

        Assert.True((await judge.JudgeAsync(new SigstoreJudge.Question(bundle, LogEntries: 0))).Accepted);
    }

    public void Dispose() => platform.Dispose();

    private Task<LoggedStatement> MakeAsync() => LoggedStatement.MakeAsync(platform.Platform.Keys, Tenants.New());

    private static IEnumerable<string> Accepted(
        IEnumerable<(string Path, JsonNode Document)> changed,
        IEnumerable<SigstoreJudge.Verdict> verdicts
    ) =>
        changed
            .Zip(verdicts)
            .Where(pair => pair.Second.Accepted)
            .Select(pair => pair.First.Path)
            .Order(StringComparer.Ordinal);

    private static IEnumerable<string> AcceptedHere(
        LoggedStatement made,
        IEnumerable<(string Path, JsonNode Document)> changed,
        MerkleHash? artifact
    ) => changed.Where(change => made.Verify(change.Document, artifact) is { Accepted: true }).Select(c => c.Path);

    private static bool Expected(JsonNode vector) => vector["expect"]!.GetValue<string>() == "accept";

    private static byte[] Bytes(JsonNode base64) => Convert.FromBase64String(base64.GetValue<string>());

    private static byte[] Pem(string text) =>
        Convert.FromBase64String(string.Concat(text.Split('\n').Where(line => !line.StartsWith('-'))));

    private static JsonNode Example(string name) =>
        JsonNode.Parse(
            File.ReadAllBytes(Path.Combine(SharedFolder.RepositoryRoot, "docs", "formats", "examples", name))
        )!;
}
