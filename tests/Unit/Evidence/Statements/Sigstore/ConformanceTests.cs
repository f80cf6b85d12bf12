using System.Security.Cryptography;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Tests.Cryptography;

namespace Lace.Tests.Evidence.Statements.Sigstore;

/// <summary>
/// The bundles of Sigstore's conformance suite. Those with a managed key verify as they say; those that name their signer by a
/// certificate are refused as a whole, good ones too, unless they cannot even be read.
/// </summary>
public sealed class ConformanceTests
{
    private static readonly DateTimeOffset Time = DateTimeOffset.Parse("2026-11-20T00:00:00Z");

    private static readonly Dictionary<string, SigstoreRefusal> OwnReasons = new()
    {
        ["bundle-invalid-base64-signature_fail"] = SigstoreRefusal.Malformed,
        ["bundle-malformed-json_fail"] = SigstoreRefusal.Malformed,
        ["bundle-unknown-version_fail"] = SigstoreRefusal.MediaType,
        ["managed-key-no-key_fail"] = SigstoreRefusal.KeyRequired,
    };

    [Fact]
    public void Managed_keys_verify_as_they_say_and_certificates_are_not_supported()
    {
        var (accepted, notSupported, refused) = (0, 0, 0);
        var folder = SharedFolder.Path("vectors", "sigstore", "bundle-verify");
        var artifact = new MerkleHash(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "a.txt"))));
        foreach (var test in Directory.GetDirectories(folder))
        {
            var name = Path.GetFileName(test);
            var reasons = Verify(test, artifact);
            if (reasons.Count == 0)
            {
                Assert.Equal("managed-key-and-trusted-root", name);
                accepted++;
            }
            else if (OwnReasons.TryGetValue(name, out var expected))
            {
                Assert.Equal([expected], reasons);
                refused++;
            }
            else
            {
                Assert.True(
                    reasons is [SigstoreRefusal.CertificateNotSupported],
                    $"{name}: {string.Join(',', reasons)}"
                );
                notSupported++;
            }
        }

        Vectors.Print(
            $"bundle-verify: {accepted} accepted, {refused} refused, {notSupported} not supported (certificates)"
        );
        Assert.Equal((1, 4, 33), (accepted, refused, notSupported));
    }

    [Fact]
    public void The_bundle_of_a_managed_key_is_refused_when_anything_about_it_is_another()
    {
        var test = SharedFolder.Path("vectors", "sigstore", "bundle-verify", "managed-key-and-trusted-root");
        var artifact = new MerkleHash(SHA256.HashData(File.ReadAllBytes(Path.Combine(test, "..", "a.txt"))));
        var bundle = SigstoreBundle.TryParse(File.ReadAllBytes(Path.Combine(test, "bundle.sigstore.json")), out _)!;
        var root = TrustedRoot.TryParse(File.ReadAllBytes(Path.Combine(test, "trusted_root.json")))!;
        var key = EcdsaPublicKey.TryImport(OwnLogTests.SpkiOf(File.ReadAllText(Path.Combine(test, "key.pub"))))!;
        var entry = bundle.LogEntries[0];
        Assert.Empty(Check(bundle));
        Assert.Equal(
            [SigstoreRefusal.ArtifactDigest, SigstoreRefusal.Signature, SigstoreRefusal.BodyDigest],
            SigstoreVerification.Verify(bundle, MadeStatements.Head, key, root, Time).Refusals
        );
        Assert.Equal(
            [SigstoreRefusal.ArtifactRequired],
            SigstoreVerification.Verify(bundle, artifact: null, key, root, Time).Refusals
        );
        Assert.Equal(
            [SigstoreRefusal.Time],
            Check(bundle with { LogEntries = [entry with { SignedEntryTimestamp = default }] })
        );
        Assert.Equal(
            [SigstoreRefusal.Promise],
            Check(bundle with { LogEntries = [entry with { IntegratedTime = entry.IntegratedTime + 1 }] })
        );
        Assert.Equal(
            [SigstoreRefusal.Promise],
            Check(bundle with { LogEntries = [entry with { Index = entry.Index + 1 }] })
        );
        Assert.Equal(
            [SigstoreRefusal.InclusionProofRequired],
            Check(bundle with { LogEntries = [entry with { Proof = null }] })
        );
        Assert.Equal([SigstoreRefusal.LogEntryRequired], Check(bundle with { LogEntries = [] }));
        Assert.Equal(
            [SigstoreRefusal.Time],
            SigstoreVerification
                .Verify(bundle, artifact, key, root, DateTimeOffset.Parse("2025-01-01T00:00:00Z"))
                .Refusals
        );

        IReadOnlyList<SigstoreRefusal> Check(SigstoreBundle changed) =>
            SigstoreVerification.Verify(changed, artifact, key, root, Time).Refusals;
    }

    private static IReadOnlyList<SigstoreRefusal> Verify(string test, MerkleHash artifact)
    {
        var bundle = SigstoreBundle.TryParse(
            File.ReadAllBytes(Path.Combine(test, "bundle.sigstore.json")),
            out var reason
        );
        if (bundle is null)
        {
            return [reason];
        }

        var rootFile = Path.Combine(test, "trusted_root.json");
        var root = TrustedRoot.TryParse(
            File.ReadAllBytes(
                File.Exists(rootFile)
                    ? rootFile
                    : SharedFolder.Path("vectors", "sigstore", "public-good-trusted_root.json")
            )
        );
        var keyFile = Path.Combine(test, "key.pub");
        var key = File.Exists(keyFile) ? EcdsaPublicKey.TryImport(OwnLogTests.SpkiOf(File.ReadAllText(keyFile))) : null;
        var own = Path.Combine(test, "artifact");
        if (File.Exists(own))
        {
            artifact = new MerkleHash(SHA256.HashData(File.ReadAllBytes(own)));
        }

        return SigstoreVerification.Verify(bundle, artifact, key, root!, Time).Refusals;
    }
}
