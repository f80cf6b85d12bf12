using System.Text;
using System.Text.Json;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.ModelSigning;
using Lace.Evidence.Statements.Sigstore;
using Lace.Tests.Cryptography;
using Lace.Tests.Evidence.Statements.Sigstore;

namespace Lace.Tests.Evidence.Statements.ModelSigning;

/// <summary>Model signatures of the OpenSSF's own tools, and broken ones made after them.</summary>
public sealed class ModelSignatureTests
{
    private static readonly Dictionary<string, SigstoreRefusal> Reasons = new()
    {
        ["digest mismatch"] = SigstoreRefusal.ModelFileChanged,
        ["file not in manifest"] = SigstoreRefusal.ModelFileUnlisted,
        ["manifest entry without file"] = SigstoreRefusal.ModelFileMissing,
        ["subject digest is not the hash of the resource digests"] = SigstoreRefusal.ModelRoot,
        ["signature"] = SigstoreRefusal.Signature,
        ["a bundle's envelope must carry exactly one signature"] = SigstoreRefusal.SignatureCount,
        ["payload type"] = SigstoreRefusal.PayloadType,
        ["media type"] = SigstoreRefusal.MediaType,
        ["predicate type"] = SigstoreRefusal.ModelPredicateType,
        ["exactly one subject"] = SigstoreRefusal.ModelSubject,
        ["name leaves the model folder"] = SigstoreRefusal.ModelResourceName,
        ["duplicate name"] = SigstoreRefusal.ModelResourceName,
    };

    [Fact]
    public void Accepts_the_good_bundle_and_refuses_the_others_for_their_reason()
    {
        var file = Vectors.Read("model-signing", "own-bundles.json");
        var key = EcdsaPublicKey.TryImport(OwnLogTests.SpkiOf(file.Text("public_key_pem")));
        var (accepted, refused) = (0, 0);
        foreach (var test in file.GetProperty("cases").EnumerateArray())
        {
            var reasons = Verify(test, key);
            if (test.Text("expect") == "accept")
            {
                Assert.Empty(reasons);
                accepted++;
            }
            else
            {
                Assert.True(
                    reasons.SequenceEqual([Reasons[test.Text("reason")]]),
                    $"{test.Text("name")}: {string.Join(',', reasons)}"
                );
                refused++;
            }
        }

        Vectors.Print($"own-bundles.json: {accepted} accepted, {refused} refused for the reason given");
        Assert.Equal((1, 13), (accepted, refused));
    }

    [Fact]
    public void Signatures_of_released_versions_verify_and_those_with_certificates_are_not_supported()
    {
        var (accepted, notSupported) = (0, 0);
        foreach (
            var test in Vectors.Read("model-signing", "released-signatures.json").GetProperty("cases").EnumerateArray()
        )
        {
            var isManaged = test.Text("signer") == "elliptic-key";
            var key = isManaged ? EcdsaPublicKey.TryImport(OwnLogTests.SpkiOf(test.Text("public_key_pem"))) : null;
            var reasons = Verify(test, key);
            Assert.Equal(isManaged ? [] : [SigstoreRefusal.CertificateNotSupported], reasons);
            (accepted, notSupported) = isManaged ? (accepted + 1, notSupported) : (accepted, notSupported + 1);
        }

        Vectors.Print($"released-signatures.json: {accepted} accepted, {notSupported} not supported (certificates)");
        Assert.Equal((3, 2), (accepted, notSupported));
    }

    [Fact]
    public void Golden_statements_list_their_files_and_no_changed_ones()
    {
        var count = 0;
        foreach (
            var golden in Vectors
                .Read("model-signing", "golden-statements.json")
                .GetProperty("statements")
                .EnumerateObject()
        )
        {
            var manifest = Manifest(OwnLogTests.Utf8(golden.Value), out var reason);
            Assert.True(manifest is not null, $"{golden.Name}: {reason}");
            var files = Files(golden.Name);
            var reasons = manifest.Check(files);
            Assert.True(reasons.Count == 0, $"{golden.Name}: {string.Join(',', reasons)}");
            foreach (var name in files.Keys)
            {
                var changed = manifest.Check(With(files, name, "another content")).Single();
                Assert.True(changed is SigstoreRefusal.ModelFileChanged or SigstoreRefusal.ModelFileUnlisted);
            }

            Assert.Equal(
                manifest.Resources.Count == 0 ? [] : [SigstoreRefusal.ModelFileMissing],
                manifest.Check(new Dictionary<string, Func<Stream>>())
            );
            Assert.NotEmpty(manifest.Check(With(files, "one-more", "x")));
            count++;
        }

        Vectors.Print($"golden-statements.json: {count} manifests hold their files and no others");
        Assert.Equal(12, count);
    }

    [Fact]
    public void Shards_have_to_cover_a_file()
    {
        var whole = Encoding.ASCII.GetBytes("0123456789");
        var files = new Dictionary<string, Func<Stream>> { ["a:b"] = () => new MemoryStream(whole) };
        Assert.Empty(Sharded((0, 8), (8, 10)).Check(files));
        Assert.Equal([SigstoreRefusal.ModelFileChanged], Sharded((0, 8)).Check(files));
        Assert.Equal([SigstoreRefusal.ModelFileChanged], Sharded((8, 10)).Check(files));
        Assert.Equal([SigstoreRefusal.ModelFileChanged], Sharded((0, 4), (8, 10)).Check(files));
        files["a:b"] = () => new MemoryStream(whole[..9]);
        Assert.Equal([SigstoreRefusal.ModelFileChanged], Sharded((0, 8), (8, 10)).Check(files));

        ModelManifest Sharded(params (int From, int To)[] shards)
        {
            var listed = shards.Select(shard =>
                (
                    Name: $"a:b:{shard.From}:{shard.To}",
                    Digest: MadeStatements.Hash(Encoding.ASCII.GetString(whole[shard.From..shard.To]))
                )
            );
            var root = System.Security.Cryptography.SHA256.HashData([
                .. listed.SelectMany(shard => shard.Digest.ToArray()),
            ]);
            var resources = string.Join(
                ',',
                listed.Select(shard =>
                    $$"""{"algorithm":"sha256-sharded-8","digest":"{{shard.Digest}}","name":"{{shard.Name}}"}"""
                )
            );
            var statement =
                $$$"""{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"m","digest":{"sha256":"{{{Convert.ToHexStringLower(root)}}}"} }],"predicateType":"https://model_signing/signature/v1.0","predicate":{"serialization":{"method":"shards","hash_type":"sha256","shard_size":8},"resources":[{{{resources}}}]}}""";
            var manifest = Manifest(Encoding.UTF8.GetBytes(statement), out var reason);
            Assert.Equal(SigstoreRefusal.None, reason);
            return manifest!;
        }
    }

    // Signed with a key of the test, for a manifest is only given out of a statement whose signature holds.
    private static ModelManifest? Manifest(byte[] statement, out SigstoreRefusal reason)
    {
        using var keys = new StatementKeys();
        var signature = keys.SignP256(Dsse.Pae(Dsse.InTotoPayloadType, statement));
        var envelope = new DsseEnvelope(Dsse.InTotoPayloadType, statement, "", signature);
        return ModelSignature.Verify(new SigstoreBundle("", [], null, envelope), keys.Ecdsa, out reason);
    }

    private static IReadOnlyList<SigstoreRefusal> Verify(JsonElement test, EcdsaPublicKey? key)
    {
        var bundle = SigstoreBundle.TryParse(OwnLogTests.Utf8(test.GetProperty("bundle")), out var reason);
        if (bundle is null || ModelSignature.Verify(bundle, key, out reason) is not { } manifest)
        {
            return [reason];
        }

        var files = test.GetProperty("files_b64")
            .EnumerateObject()
            .ToDictionary(file => file.Name, file => Opened(file.Value.GetBytesFromBase64()));
        return manifest.Check(files);
    }

    // The rules that the vector file states for the contents.
    private static Dictionary<string, Func<Stream>> Files(string golden)
    {
        var model = golden
            .Replace("_shard", "", StringComparison.Ordinal)
            .Replace("_small", "", StringComparison.Ordinal);
        var files = new Dictionary<string, string>();
        switch (model)
        {
            case "empty_model_file":
                files["file_model"] = "";
                break;
            case "model_folder_with_empty_file":
                files["empty_file"] = "";
                break;
            case "sample_model_file":
                files["file_model"] = "This is a simple model";
                break;
            case "symlink_model_folder":
                files["symlink_file"] = "This is a simple model";
                break;
            case "sample_model_folder":
                foreach (var i in Enumerable.Range(0, 2))
                {
                    foreach (var j in Enumerable.Range(0, 3))
                    {
                        files[$"d{i}/f{i}{j}"] = $"This is file f{i}{j} in d{i}.";
                    }
                }

                foreach (var i in Enumerable.Range(0, 4))
                {
                    files[$"f{i}"] = $"This is file f{i} in root.";
                }

                break;
        }

        return files.ToDictionary(file => file.Key, file => Opened(Encoding.UTF8.GetBytes(file.Value)));
    }

    private static Dictionary<string, Func<Stream>> With(
        Dictionary<string, Func<Stream>> files,
        string name,
        string content
    ) => new(files) { [name] = Opened(Encoding.UTF8.GetBytes(content)) };

    private static Func<Stream> Opened(byte[] content) => () => new MemoryStream(content);
}
