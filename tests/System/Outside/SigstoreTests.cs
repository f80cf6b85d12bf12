using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Evidence.Statements;
using Lace.Tests;

namespace Lace.SystemTests.Outside;

/// <summary>
/// What npm's <c>@sigstore/verify</c> says of private logs and of bundles that hold a key instead of a certificate. Its known
/// gaps are asserted as well, so that we notice when one closes.
/// </summary>
public sealed class SigstoreTests
{
    [Fact]
    public async Task Agrees_with_the_private_log_vectors_but_for_its_known_gaps()
    {
        var vectors = JsonNode.Parse(File.ReadAllBytes(SharedFolder.Path("vectors", "sigstore", "own-log.json")))!;
        var cases = vectors["cases"]!.AsArray();
        var verdicts = await JudgeAsync(
            vectors["trusted_root"]!,
            vectors["public_key_pem"]!.GetValue<string>(),
            cases.Select(c => Question(c!["bundle"]!, c["artifact_b64"]!.GetValue<string>()))
        );

        var gaps = cases
            .Zip(verdicts)
            .Where(pair => pair.First!["expect"]!.GetValue<string>() == "accept" != pair.Second.Accepted)
            .Select(pair => pair.First!["name"]!.GetValue<string>());
        Assert.Equal(["attestation-good", "index-wrong", "index-negative", "index-beyond-size"], gaps);
        TestContext.Current.TestOutputHelper?.WriteLine($"@sigstore/verify: {cases.Count} cases, 4 known gaps");
    }

    [Fact]
    public async Task Takes_the_signature_of_a_statement_without_its_log_entry()
    {
        var bundle = Example("statement.sigstore.json");
        bundle["verificationMaterial"]!["tlogEntries"] = new JsonArray();

        Assert.True(await JudgeAsync(bundle, logEntries: 0));
        Assert.False(await JudgeAsync(bundle, logEntries: 1));
    }

    [Fact]
    public async Task Still_cannot_tie_a_DSSE_envelope_to_its_log_entry() =>
        Assert.False(await JudgeAsync(Example("statement.sigstore.json"), logEntries: 1));

    /// <summary>The signature and the leaf of a statement are those of its PAE as a message: so its log entry can be judged after all.</summary>
    [Fact]
    public async Task Takes_the_log_entry_of_a_statement_shown_as_a_message()
    {
        var (bundle, pae) = StatementAsMessage();
        Assert.True(await JudgeAsync(bundle, logEntries: 1, pae));

        pae[^1] ^= 1;
        Assert.False(await JudgeAsync(bundle, logEntries: 1, pae));
    }

    [Fact]
    public async Task Refuses_a_changed_value_in_any_field_but_those_it_does_not_read()
    {
        var (bundle, pae) = StatementAsMessage();
        var changed = JsonChanges.Of(bundle).ToList();
        var verdicts = await JudgeAsync(
            Example("trusted_root.json"),
            PublicKey(),
            changed.Select(change => Question(change.Document, Convert.ToBase64String(pae)))
        );

        var passed = changed.Zip(verdicts).Where(pair => pair.Second.Accepted).Select(pair => pair.First.Path);
        Assert.Equal(
            [
                "verificationMaterial.tlogEntries[0].inclusionProof.rootHash",
                "verificationMaterial.tlogEntries[0].inclusionProof.treeSize",
                "verificationMaterial.tlogEntries[0].integratedTime",
                "verificationMaterial.tlogEntries[0].logId.keyId",
                "verificationMaterial.tlogEntries[0].logIndex",
            ],
            passed.Order(StringComparer.Ordinal)
        );
    }

    private static (JsonNode Bundle, byte[] Pae) StatementAsMessage()
    {
        var bundle = Example("statement.sigstore.json").AsObject();
        var envelope = bundle["dsseEnvelope"]!;
        var payload = envelope["payload"]!.GetValue<string>();
        Assert.Equal(StatementError.None, Statement.TryParse(Convert.FromBase64String(payload), out var statement));
        bundle.Remove("dsseEnvelope");
        bundle["messageSignature"] = new JsonObject
        {
            ["messageDigest"] = new JsonObject
            {
                ["algorithm"] = "SHA2_256",
                ["digest"] = Convert.ToBase64String(statement!.PaeDigest.ToArray()),
            },
            ["signature"] = envelope["signatures"]![0]!["sig"]!.GetValue<string>(),
        };
        return (bundle, statement.Pae.ToArray());
    }

    private static async Task<bool> JudgeAsync(JsonNode bundle, int logEntries, byte[]? artifact = null)
    {
        var question = Question(bundle, artifact is null ? null : Convert.ToBase64String(artifact), logEntries);
        var verdicts = await JudgeAsync(Example("trusted_root.json"), PublicKey(), [question]);
        return verdicts.Single().Accepted;
    }

    private static JsonObject Question(JsonNode bundle, string? artifact, int logEntries = 1)
    {
        var question = new JsonObject { ["bundle"] = bundle.DeepClone(), ["logEntries"] = logEntries };
        if (artifact is not null)
        {
            question["artifact"] = artifact;
        }

        return question;
    }

    private static async Task<IReadOnlyList<(bool Accepted, string Why)>> JudgeAsync(
        JsonNode trustedRoot,
        string publicKey,
        IEnumerable<JsonObject> cases
    )
    {
        var spki = Convert.FromBase64String(
            string.Concat(publicKey.Split('\n').Where(line => !line.Contains('-', StringComparison.Ordinal)))
        );
        var question = new JsonObject
        {
            ["trustedRoot"] = trustedRoot.DeepClone(),
            ["publicKey"] = publicKey,
            ["hint"] = StatementKeyId.Of(spki),
            ["cases"] = new JsonArray([.. cases]),
        };
        var answer = await OutsideTool.NodeAsync("bundles.mjs", question);
        return
        [
            .. answer
                .EnumerateArray()
                .Select(verdict =>
                    (
                        verdict.GetProperty("accepted").GetBoolean(),
                        verdict.TryGetProperty("message", out var why) ? why.GetString()! : ""
                    )
                ),
        ];
    }

    private static string PublicKey()
    {
        var key = Example("policy.json")["statement_keys"]![0]!["public_key"]!.GetValue<string>();
        return System.Security.Cryptography.PemEncoding.WriteString("PUBLIC KEY", Convert.FromBase64String(key));
    }

    private static JsonNode Example(string name) =>
        JsonNode.Parse(
            File.ReadAllBytes(Path.Combine(SharedFolder.RepositoryRoot, "docs", "formats", "examples", name))
        )!;
}
