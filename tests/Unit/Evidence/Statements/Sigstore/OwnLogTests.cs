using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Tests.Cryptography;

namespace Lace.Tests.Evidence.Statements.Sigstore;

/// <summary>The bundles of a private log with Rekor v2 bodies, good and broken, each with the reason that it has to be refused for.</summary>
public sealed class OwnLogTests
{
    private static readonly DateTimeOffset Time = DateTimeOffset.Parse("2026-11-20T00:00:00Z");

    private static readonly Dictionary<string, SigstoreRefusal> Reasons = new()
    {
        ["artifact digest"] = SigstoreRefusal.ArtifactDigest,
        ["log entry required"] = SigstoreRefusal.LogEntryRequired,
        ["entry digest/signature is not this envelope's"] = SigstoreRefusal.BodyDigest,
        ["valid signature, but not the one logged"] = SigstoreRefusal.BodySignature,
        ["body bytes do not hash to the logged leaf"] = SigstoreRefusal.Inclusion,
        ["inclusion proof"] = SigstoreRefusal.Inclusion,
        ["index"] = SigstoreRefusal.Index,
        ["index not below tree size"] = SigstoreRefusal.Index,
        ["checkpoint signature"] = SigstoreRefusal.CheckpointSignature,
        ["origin"] = SigstoreRefusal.CheckpointSignature,
        ["signed root does not match the proof"] = SigstoreRefusal.Root,
        ["tree smaller than the index"] = SigstoreRefusal.Index,
        ["checkpoint without signature"] = SigstoreRefusal.Checkpoint,
        ["kind/version not known"] = SigstoreRefusal.EntryKind,
        ["signature"] = SigstoreRefusal.Signature,
    };

    [Fact]
    public void Accepts_the_good_bundles_and_refuses_the_others_for_their_reason()
    {
        var file = Vectors.Read("sigstore", "own-log.json");
        var root = Root(file);
        var key = EcdsaPublicKey.TryImport(SpkiOf(file.Text("public_key_pem")))!;
        var (accepted, refused) = (0, 0);
        foreach (var test in file.GetProperty("cases").EnumerateArray())
        {
            var bundle = SigstoreBundle.TryParse(Utf8(test.GetProperty("bundle")), out var reason);
            Assert.True(bundle is not null, $"{test.Text("name")}: {reason}");
            var artifact = new MerkleHash(SHA256.HashData(test.Base64("artifact_b64")));
            var verdict = SigstoreVerification.Verify(bundle, artifact, key, root, Time);
            if (test.Text("expect") == "accept")
            {
                Assert.Empty(verdict.Refusals);
                Assert.Empty(verdict.NotChecked);
                accepted++;
            }
            else
            {
                Assert.Contains(Reasons[test.Text("reason")], verdict.Refusals);
                Assert.False(verdict.Accepted);
                refused++;
            }
        }

        Vectors.Print($"own-log.json: {accepted} accepted, {refused} refused for the reason given");
        Assert.Equal((2, 18), (accepted, refused));
    }

    [Fact]
    public void Refuses_every_bundle_under_another_key_log_or_time()
    {
        var file = Vectors.Read("sigstore", "own-log.json");
        var root = Root(file);
        var key = EcdsaPublicKey.TryImport(SpkiOf(file.Text("public_key_pem")))!;
        using var keys = new StatementKeys();
        foreach (var test in file.GetProperty("cases").EnumerateArray().Where(test => test.Text("expect") == "accept"))
        {
            var bundle = SigstoreBundle.TryParse(Utf8(test.GetProperty("bundle")), out _)!;
            var artifact = new MerkleHash(SHA256.HashData(test.Base64("artifact_b64")));
            Assert.Superset(
                new HashSet<SigstoreRefusal>
                {
                    SigstoreRefusal.KeyHint,
                    SigstoreRefusal.Signature,
                    SigstoreRefusal.BodyKey,
                },
                SigstoreVerification.Verify(bundle, artifact, keys.Ecdsa, root, Time).Refusals.ToHashSet()
            );
            Assert.Equal(
                [SigstoreRefusal.LogUnknown],
                SigstoreVerification.Verify(bundle, artifact, key, new TrustedRoot([]), Time).Refusals
            );
            Assert.Equal(
                [SigstoreRefusal.LogKeyValidity],
                SigstoreVerification.Verify(bundle, artifact, key, root, Time.AddYears(-1)).Refusals
            );
            Assert.Equal(
                [SigstoreRefusal.KeyRequired],
                SigstoreVerification.Verify(bundle, artifact, key: null, root, Time).Refusals
            );
        }
    }

    internal static byte[] Utf8(JsonElement json) => Encoding.UTF8.GetBytes(json.GetRawText());

    internal static byte[] SpkiOf(string text)
    {
        var pem = text[text.IndexOf("-----BEGIN", StringComparison.Ordinal)..];
        return Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
    }

    private static TrustedRoot Root(JsonElement file) => TrustedRoot.TryParse(Utf8(file.GetProperty("trusted_root")))!;
}
