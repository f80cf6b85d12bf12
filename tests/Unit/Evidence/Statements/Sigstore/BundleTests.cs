using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Tests.Cryptography;

namespace Lace.Tests.Evidence.Statements.Sigstore;

public sealed class BundleTests : IDisposable
{
    private readonly StatementKeys keys = new();
    private readonly TestLog log = new();
    private readonly Statement statement = MadeStatements.Of(PredicateTypes.Report, MadeStatements.Report);

    // What may be refused for a changed value at a path: the first part of the path that matches decides.
    private static readonly (string Path, SigstoreRefusal Reason)[] Expected =
    [
        ("mediaType", SigstoreRefusal.MediaType),
        ("verificationMaterial.publicKey.hint", SigstoreRefusal.KeyHint),
        ("dsseEnvelope.payloadType", SigstoreRefusal.PayloadType),
        ("dsseEnvelope.payload", SigstoreRefusal.Signature),
        ("dsseEnvelope.signatures.0.sig", SigstoreRefusal.Signature),
        ("dsseEnvelope.signatures.0.keyid", SigstoreRefusal.EnvelopeKeyId),
        ("messageSignature.messageDigest.digest", SigstoreRefusal.ArtifactDigest),
        ("messageSignature.messageDigest.algorithm", SigstoreRefusal.Malformed),
        ("messageSignature.signature", SigstoreRefusal.Signature),
        ("verificationMaterial.tlogEntries.0.logId.keyId", SigstoreRefusal.LogUnknown),
        ("verificationMaterial.tlogEntries.0.kindVersion", SigstoreRefusal.EntryKind),
        ("verificationMaterial.tlogEntries.0.inclusionPromise", SigstoreRefusal.Promise),
        ("verificationMaterial.tlogEntries.0.canonicalizedBody", SigstoreRefusal.Inclusion),
        ("verificationMaterial.tlogEntries.0.inclusionProof.logIndex", SigstoreRefusal.Index),
        ("verificationMaterial.tlogEntries.0.inclusionProof.rootHash", SigstoreRefusal.Root),
        ("verificationMaterial.tlogEntries.0.inclusionProof.treeSize", SigstoreRefusal.Root),
        ("verificationMaterial.tlogEntries.0.inclusionProof.hashes", SigstoreRefusal.Inclusion),
        ("verificationMaterial.tlogEntries.0.inclusionProof.checkpoint", SigstoreRefusal.CheckpointSignature),
    ];

    public void Dispose()
    {
        keys.Dispose();
        log.Dispose();
    }

    [Fact]
    public void Our_bundle_reads_back_and_is_accepted()
    {
        var json = Made().ToJson();
        Assert.True(CanonicalJson.IsCanonical(json));
        var bundle = SigstoreBundle.TryParse(json, out var reason);
        Assert.Equal(SigstoreRefusal.None, reason);
        Assert.Equal(json, bundle!.ToJson());
        var verdict = Verify(bundle, MadeStatements.Head);
        Assert.True(verdict.Accepted, string.Join(',', verdict.Refusals));
        Assert.Empty(verdict.NotChecked);
        Assert.Equal(["artifact"], Verify(bundle, artifact: null).NotChecked);
        Assert.Equal([SigstoreRefusal.ArtifactDigest], Verify(bundle, MadeStatements.Root).Refusals);
    }

    [Fact]
    public void A_trusted_root_reads_back_with_the_same_logs()
    {
        var json = log.Root.ToJson();
        Assert.True(CanonicalJson.IsCanonical(json));
        var read = TrustedRoot.TryParse(json)!;
        Assert.Equal(json, read.ToJson());
        Assert.Equal([log.TileKey, log.RekorKey], read.Logs.Select(trusted => trusted.Key));
        Assert.True(SigstoreVerification.Verify(Made(), null, keys.Ecdsa, read, MadeStatements.Time).Accepted);
    }

    [Fact]
    public void Each_changed_value_of_a_bundle_is_refused_for_its_reason()
    {
        var count = Mutate(Made(), artifact: MadeStatements.Head, "0.logIndex:Inclusion", "integratedTime:Time");
        var signature = keys.SignP256("artifact"u8);
        var artifact = new MerkleHash(SHA256.HashData("artifact"u8));
        var body = LogEntries.HashedRekord(artifact, signature, keys.P256.PublicKey.Span);
        var message = new SigstoreBundle(
            keys.P256.Id,
            [log.Add(body)],
            new MessageSignature(artifact, signature),
            null
        );
        count += Mutate(message, artifact, "0.logIndex:Inclusion", "integratedTime:Time");
        count += Mutate(
            RekorBundle(),
            MadeStatements.Head,
            "0.logIndex:Promise",
            "Proof.logIndex:Inclusion",
            "integratedTime:Promise"
        );
        Vectors.Print($"{count} changed values of three bundles, each refused for its reason");
        Assert.True(count > 50, $"{count}");
    }

    [Fact]
    public void Each_missing_member_of_a_bundle_is_refused_or_was_only_a_hint()
    {
        // A hint that is absent hints at nothing; what a proof states beside its checkpoint, the checkpoint states too.
        string[] hints =
        [
            "verificationMaterial.publicKey.hint",
            "verificationMaterial.tlogEntries.0.integratedTime",
            "verificationMaterial.tlogEntries.0.inclusionProof.logIndex",
            "verificationMaterial.tlogEntries.0.inclusionProof.rootHash",
            "verificationMaterial.tlogEntries.0.inclusionProof.treeSize",
        ];
        var made = JsonNode.Parse(Made().ToJson())!;
        made["dsseEnvelope"]!["signatures"]![0]!["keyid"] = "";
        made["verificationMaterial"]!["publicKey"]!["hint"] = "";
        foreach (var path in JsonPaths.Members(made))
        {
            var changed = made.DeepClone();
            JsonPaths.Remove(changed, path);
            var accepted =
                SigstoreBundle.TryParse(Encoding.UTF8.GetBytes(changed.ToJsonString()), out _) is { } bundle
                && Verify(bundle, MadeStatements.Head).Accepted;
            var isHint =
                hints.Contains(JsonPaths.Name(path))
                || JsonPaths.Name(path).EndsWith("keyid", StringComparison.Ordinal);
            Assert.True(accepted == isHint, JsonPaths.Name(path));
        }
    }

    [Fact]
    public void An_entry_of_Rekor_v1_is_accepted_by_its_signed_time()
    {
        var bundle = RekorBundle();
        Assert.Empty(Verify(bundle, MadeStatements.Head, TestLogTime).Refusals);
        Assert.Equal([SigstoreRefusal.Time], Verify(bundle, MadeStatements.Head, TestLogTime.AddSeconds(-1)).Refusals);
        var other = MadeStatements.Of(PredicateTypes.Report, MadeStatements.Report with { Verdict = "other" });
        var moved = SigstoreBundle.Of(keys.Sign(other), RekorBundle().LogEntries[0]);
        Assert.Equal(
            [SigstoreRefusal.BodyDigest, SigstoreRefusal.BodySignature],
            Verify(moved, MadeStatements.Head, TestLogTime).Refusals
        );
    }

    [Fact]
    public void Unknown_members_are_ignored_and_repeated_ones_refused()
    {
        var text = Encoding.UTF8.GetString(Made().ToJson());
        var unknown = text.Replace("{\"hint\"", "{\"zz\":[1],\"hint\"", StringComparison.Ordinal);
        Assert.True(Verify(SigstoreBundle.TryParse(Encoding.UTF8.GetBytes(unknown), out _)!, null).Accepted);
        var twice = text.Replace("{\"hint\"", "{\"hint\":\"\",\"hint\"", StringComparison.Ordinal);
        Refused(twice, SigstoreRefusal.Malformed);
    }

    [Theory]
    [InlineData("", SigstoreRefusal.Malformed)]
    [InlineData("null", SigstoreRefusal.Malformed)]
    [InlineData("[]", SigstoreRefusal.Malformed)]
    [InlineData("{}", SigstoreRefusal.MediaType)]
    [InlineData("""{"mediaType":"\ud800"}""", SigstoreRefusal.Malformed)]
    [InlineData("""{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}""", SigstoreRefusal.Malformed)]
    [InlineData("""{"mediaType":"application/vnd.dev.sigstore.bundle.v0.4+json"}""", SigstoreRefusal.MediaType)]
    public void Bytes_that_are_no_bundle_are_refused(string json, SigstoreRefusal reason) => Refused(json, reason);

    [Fact]
    public void Content_has_to_be_one_thing_with_one_signature()
    {
        var made = JsonNode.Parse(Made().ToJson())!;
        Refused(made, bundle => bundle.AsObject().Remove("dsseEnvelope"), SigstoreRefusal.Content);
        Refused(
            made,
            bundle => bundle["messageSignature"] = JsonNode.Parse("""{"signature":"AA=="}"""),
            SigstoreRefusal.Content
        );
        Refused(
            made,
            bundle => bundle["dsseEnvelope"]!["signatures"] = new JsonArray(),
            SigstoreRefusal.SignatureCount
        );
        Refused(
            made,
            bundle =>
            {
                var signatures = bundle["dsseEnvelope"]!["signatures"]!.AsArray();
                signatures.Add(signatures[0]!.DeepClone());
            },
            SigstoreRefusal.SignatureCount
        );
        Refused(
            made,
            bundle => bundle["verificationMaterial"]!["certificate"] = new JsonObject(),
            SigstoreRefusal.Malformed
        );
    }

    [Theory]
    [InlineData("4")]
    [InlineData("\"04\"")]
    [InlineData("\"+4\"")]
    [InlineData("\"4.0\"")]
    [InlineData("\" 4\"")]
    [InlineData("\"99999999999999999999\"")]
    public void A_number_in_another_spelling_is_refused(string number)
    {
        var made = JsonNode.Parse(Made().ToJson())!;
        Refused(
            made,
            bundle => bundle["verificationMaterial"]!["tlogEntries"]![0]!["logIndex"] = JsonNode.Parse(number),
            SigstoreRefusal.Malformed
        );
    }

    [Fact]
    public void Huge_truncated_and_random_input_is_refused_without_a_crash()
    {
        Assert.Null(SigstoreBundle.TryParse(new byte[SigstoreBundle.MaxBytes + 1], out var reason));
        Assert.Equal(SigstoreRefusal.TooLarge, reason);
        var json = Made().ToJson();
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            Assert.Null(SigstoreBundle.TryParse(json.AsSpan(0, random.Next(json.Length)), out _));
            var noise = json.ToArray();
            for (var flips = 0; flips < 8; flips++)
            {
                noise[random.Next(noise.Length)] = (byte)random.Next(256);
            }

            if (SigstoreBundle.TryParse(noise, out _) is { } bundle)
            {
                _ = Verify(bundle, MadeStatements.Head);
            }
        }

        var many = JsonNode.Parse(json)!;
        var entries = many["verificationMaterial"]!["tlogEntries"]!.AsArray();
        while (entries.Count <= SigstoreBundle.MaxLogEntries)
        {
            entries.Add(entries[0]!.DeepClone());
        }

        Refused(many.ToJsonString(), SigstoreRefusal.Malformed);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"kind":"hashedrekord"}""")]
    [InlineData("""{"apiVersion":"0.0.2","kind":"hashedrekord","spec":1}""")]
    [InlineData("""{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":[]}}""")]
    [InlineData("""{"apiVersion":"0.0.2","kind":"\ud800","spec":{}}""")]
    [InlineData("""{"\ud800":"0.0.2","kind":"hashedrekord","\ud801":{}}""")]
    public void A_body_that_is_no_entry_is_refused(string body)
    {
        var bundle = SigstoreBundle.Of(keys.Sign(statement), log.Add(Encoding.UTF8.GetBytes(body)));
        Assert.NotEmpty(Verify(bundle, null).Refusals);
    }

    private static DateTimeOffset TestLogTime => DateTimeOffset.FromUnixTimeSeconds(TestLog.IntegratedTime);

    private SigstoreBundle Made()
    {
        var signed = keys.Sign(statement);
        var body = LogEntries.HashedRekord(statement.PaeDigest, signed.P256.Signature.Span, keys.P256.PublicKey.Span);
        return SigstoreBundle.Of(signed, log.Add(body));
    }

    private SigstoreBundle RekorBundle()
    {
        var signed = keys.Sign(statement);
        var pem = PemEncoding.WriteString("PUBLIC KEY", keys.P256.PublicKey.Span) + "\n";
        var body =
            $$$"""{"apiVersion":"0.0.1","kind":"dsse","spec":{"envelopeHash":{"algorithm":"sha256","value":"{{{MadeStatements.Head}}}"},"payloadHash":{"algorithm":"sha256","value":"{{{Convert.ToHexStringLower(SHA256.HashData(signed.Payload.Span))}}}"},"signatures":[{"signature":"{{{Convert.ToBase64String(signed.P256.Signature.Span)}}}","verifier":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(pem))}}}"}]}}""";
        return SigstoreBundle.Of(signed, log.AddToRekor(Encoding.UTF8.GetBytes(body), "dsse"));
    }

    private SigstoreVerdict Verify(SigstoreBundle bundle, MerkleHash? artifact, DateTimeOffset? time = null) =>
        SigstoreVerification.Verify(bundle, artifact, keys.Ecdsa, log.Root, time ?? MadeStatements.Time.AddMinutes(9));

    private int Mutate(SigstoreBundle bundle, MerkleHash artifact, params string[] ofKind)
    {
        var made = JsonNode.Parse(bundle.ToJson())!;
        var count = 0;
        foreach (var path in JsonPaths.Leaves(made))
        {
            var name = JsonPaths.Name(path);
            var own = ofKind.FirstOrDefault(row => name.EndsWith(row.Split(':')[0], StringComparison.Ordinal));
            var expected = own is not null
                ? Enum.Parse<SigstoreRefusal>(own.Split(':')[1])
                : Expected.First(row => name.StartsWith(row.Path, StringComparison.Ordinal)).Reason;
            var changed = made.DeepClone();
            JsonPaths.Set(changed, path, Other((string)JsonPaths.At(made, path)!, name));
            var read = SigstoreBundle.TryParse(Encoding.UTF8.GetBytes(changed.ToJsonString()), out var reason);
            var refusals = read is null ? [reason] : Verify(read, artifact, TestLogTime.AddMinutes(1)).Refusals;
            Assert.True(refusals.Contains(expected), $"{name}: {string.Join(',', refusals)}, not {expected}");
            count++;
        }

        return count;
    }

    // Another value of the same kind: bytes with a bit flipped, the number above, a text with another letter.
    private static string Other(string value, string name)
    {
        if (long.TryParse(value, out var number))
        {
            return $"{number + 1}";
        }

        var isBytes =
            name.Split('.')[^1]
            is not ("mediaType" or "payloadType" or "envelope" or "kind" or "version" or "algorithm");
        if (!isBytes || !(Convert.TryFromBase64String(value, new byte[value.Length], out _)))
        {
            return name.EndsWith("envelope", StringComparison.Ordinal)
                ? value.Replace("\n11\n", "\n12\n", StringComparison.Ordinal)
                : value + "x";
        }

        var bytes = Convert.FromBase64String(value);
        bytes[^1] ^= 1;
        return Convert.ToBase64String(bytes);
    }

    private static void Refused(JsonNode made, Action<JsonNode> change, SigstoreRefusal reason)
    {
        var changed = made.DeepClone();
        change(changed);
        Refused(changed.ToJsonString(), reason);
    }

    private static void Refused(string json, SigstoreRefusal expected)
    {
        Assert.Null(SigstoreBundle.TryParse(Encoding.UTF8.GetBytes(json), out var reason));
        Assert.Equal(expected, reason);
    }
}
