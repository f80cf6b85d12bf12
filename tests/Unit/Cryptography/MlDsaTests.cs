using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Cryptography;
using Lace.Cryptography.Hashing;

namespace Lace.Tests.Cryptography;

public sealed class MlDsaTests
{
    private static readonly MlDsa MlDsa65 = SignatureAlgorithm.MlDsa65;

    [Fact]
    public void Derives_the_keys_of_ACVP()
    {
        var count = 0;
        foreach (var (_, test) in Vectors.Tests(Vectors.Read("pqc", "acvp-mldsa65-keygen.json")))
        {
            var expected = test.GetProperty("expected");
            using var key = MlDsa65.ImportKey(test.Hex("seed"));
            Assert.Equal(expected.Hex("pk"), key.PublicKey.Encoded);

            // The expanded key holds the same secrets if it is consistent and signs alike.
            using var expanded = MlDsa65.ImportExpandedKey(expected.Hex("sk"));
            Assert.NotNull(expanded);
            Assert.Equal(expected.Hex("pk"), expanded.PublicKey.Encoded);
            Assert.Equal(SignDeterministic(key, "m"u8), SignDeterministic(expanded, "m"u8));
            count++;
        }

        Vectors.Print($"ACVP ML-DSA-65 keyGen: {count}");
        Assert.Equal(13, count);
    }

    [Theory]
    [InlineData("acvp-mldsa65-siggen.json", 48)]
    [InlineData("acvp-mldsa65-siggen-tr1-seed.json", 32)]
    public void Signs_as_ACVP_does(string file, int expectedCount)
    {
        var count = 0;
        foreach (var (group, test) in Vectors.Tests(Vectors.Read("pqc", file)))
        {
            using var key = test.Has("sk")
                ? MlDsa65.ImportExpandedKey(test.Hex("sk"))
                : MlDsa65.ImportKey(test.Hex("seed"));
            Assert.NotNull(key);
            var randomness = test.Has("rnd") ? test.Hex("rnd") : new byte[32];
            var signature = new byte[MlDsa65.SignatureSize];
            MlDsa65.SignMu(key, AcvpMu(key.PublicKey, group, test), randomness, signature);
            Assert.True(
                test.GetProperty("expected").Hex("signature").AsSpan().SequenceEqual(signature),
                $"tcId {test.GetProperty("tcId")}"
            );
            count++;
        }

        Vectors.Print($"ACVP ML-DSA-65 sigGen, {file}: {count}");
        Assert.Equal(expectedCount, count);
    }

    [Theory]
    [InlineData("ML-DSA-65", "acvp-mldsa65-sigver.json", 30)]
    [InlineData("ML-DSA-44", "acvp-mldsa44-sigver-external-pure.json", 7)]
    public void Verifies_as_ACVP_does(string name, string file, int expectedCount)
    {
        var algorithm = Named(name);
        var (accepted, refused) = (0, 0);
        foreach (var (group, test) in Vectors.Tests(Vectors.Read("pqc", file)))
        {
            var expected = test.GetProperty("expected").GetProperty("testPassed").GetBoolean();
            var key = algorithm.ImportPublicKey(test.Hex("pk"));
            Assert.NotNull(key);
            var actual = algorithm.VerifyMu(key, AcvpMu(key, group, test), test.Hex("signature"));
            Assert.True(expected == actual, $"tcId {test.GetProperty("tcId")}: {test.Text("reason")}");
            if (!test.Has("hashAlg") && !test.Has("mu") && group.Text("signatureInterface") == "external")
            {
                Assert.Equal(
                    expected,
                    algorithm.Verify(test.Hex("pk"), test.Hex("message"), test.Hex("signature"), test.Hex("context"))
                );
            }

            _ = actual ? accepted++ : refused++;
        }

        Vectors.Print($"ACVP {name} sigVer: {accepted} accepted, {refused} refused");
        Assert.Equal(expectedCount, accepted + refused);
    }

    [Theory]
    [InlineData("ML-DSA-65", "mldsa_65_verify_test.json", 105)]
    [InlineData("ML-DSA-44", "mldsa_44_verify_test.json", 45)]
    public void Verifies_as_wycheproof_says(string name, string file, int expectedCount)
    {
        var algorithm = Named(name);
        var (accepted, refused) = (0, 0);
        foreach (var (group, test) in Vectors.Tests(Vectors.Read("pqc", file)))
        {
            var expected = test.Text("result") == "valid";
            var actual = algorithm.Verify(group.Hex("publicKey"), test.Hex("msg"), test.Hex("sig"), test.Hex("ctx"));
            Assert.True(expected == actual, $"tcId {test.GetProperty("tcId")}: {test.Text("comment")}");
            _ = actual ? accepted++ : refused++;
        }

        Vectors.Print($"Wycheproof {name} verify: {accepted} accepted, {refused} refused");
        Assert.Equal(expectedCount, accepted + refused);
    }

    [Theory]
    [InlineData("mldsa_65_sign_seed_test.json", 52)]
    [InlineData("mldsa_65_sign_noseed_test.json", 39)]
    public void Signs_as_wycheproof_says(string file, int expectedCount)
    {
        var (signed, refused) = (0, 0);
        foreach (var (group, test) in Vectors.Tests(Vectors.Read("pqc", file)))
        {
            var because = $"tcId {test.GetProperty("tcId")}: {test.Text("comment")}";
            using var key = ImportKey(group);
            if (test.Text("result") != "valid")
            {
                Assert.True(key is null || test.Hex("ctx").Length > MlDsa65.MaxContextSize, because);
                refused++;
                continue;
            }

            Assert.True(key is not null, because);
            Assert.Equal(group.Hex("publicKey"), key.PublicKey.Encoded);
            var mu = new byte[MlDsa.MuSize];
            if (test.Has("msg"))
            {
                MlDsa65.ComputeMu(key.PublicKey, test.Hex("msg"), test.Hex("ctx"), mu);
                Assert.True(!test.Has("mu") || test.Hex("mu").AsSpan().SequenceEqual(mu), because);
            }
            else
            {
                mu = test.Hex("mu");
            }

            var signature = new byte[MlDsa65.SignatureSize];
            MlDsa65.SignMu(key, mu, test.Has("rnd") ? test.Hex("rnd") : new byte[32], signature);
            Assert.True(test.Hex("sig").AsSpan().SequenceEqual(signature), because);
            Assert.True(MlDsa65.VerifyMu(key.PublicKey, mu, signature), because);
            signed++;
        }

        Vectors.Print($"Wycheproof ML-DSA-65 sign, {file}: {signed} signed, {refused} refused");
        Assert.Equal(expectedCount, signed + refused);
    }

    // Ten thousand signatures take seconds, and reach rare turns of the loop that no other vector does.
    [Theory]
    [InlineData("ML-DSA-65", 100)]
    [InlineData("ML-DSA-65", 10_000)]
    [InlineData("ML-DSA-44", 100)]
    public void The_accumulated_hash_of_keys_and_signatures_is_that_of_CCTV(string name, int count)
    {
        var algorithm = Named(name);
        var source = Shake.Create128();
        var accumulator = Shake.Create128();
        var seed = new byte[32];
        var signature = new byte[algorithm.SignatureSize];
        for (var i = 0; i < count; i++)
        {
            source.Squeeze(seed);
            using var key = algorithm.ImportKey(seed);
            accumulator.Absorb(key.PublicKey.Encoded);
            algorithm.SignDeterministic(key, default, default, signature);
            accumulator.Absorb(signature);
            Assert.True(algorithm.Verify(key.PublicKey, default, signature));
        }

        var result = new byte[32];
        accumulator.Squeeze(result);
        var expected = Vectors.Read("cctv", "ML-DSA-accumulated.json").GetProperty(name).Text($"{count}");
        Assert.Equal(expected, Convert.ToHexStringLower(result));
        Vectors.Print($"CCTV accumulated {name}: {count} keys and signatures");
    }

    [Fact]
    public void Signs_the_messages_that_CCTV_chose_for_their_rejections()
    {
        var messages = Vectors.Read("cctv", "ML-DSA-65-benchmark-messages.json").EnumerateArray().ToArray();
        using var key = MlDsa65.ImportKey(new byte[32]);
        foreach (var message in messages.Select(text => System.Text.Encoding.ASCII.GetBytes(text.GetString()!)))
        {
            var signature = new byte[MlDsa65.SignatureSize];
            MlDsa65.SignDeterministic(key, message, default, signature);
            Assert.True(MlDsa65.Verify(key.PublicKey, message, signature));
            Assert.False(MlDsa65.Verify(key.PublicKey, message.AsSpan(1), signature));
        }

        Vectors.Print($"CCTV messages for ML-DSA-65: {messages.Length} signed");
    }

    [Fact]
    public void Agrees_with_the_draft_of_LAMPS_on_the_bare_algorithm()
    {
        var file = Vectors.Read("pqc", "lamps-composite-draft.json");
        var test = file.GetProperty("tests").EnumerateArray().Single(t => t.Text("tcId") == "id-ML-DSA-65");
        using var key = MlDsa65.ImportKey(test.Base64("sk"));

        Assert.Equal(test.Base64("pk"), key.PublicKey.Encoded);
        Assert.True(MlDsa65.Verify(key.PublicKey, file.Base64("m"), test.Base64("s")));
        Assert.True(MlDsa65.Verify(key.PublicKey, file.Base64("m"), test.Base64("sWithContext"), file.Base64("ctx")));
        Assert.False(MlDsa65.Verify(key.PublicKey, file.Base64("m"), test.Base64("s"), file.Base64("ctx")));
    }

    [Fact]
    public void Is_random_unless_told_to_be_deterministic()
    {
        using var key = MlDsa65.GenerateKey();

        Assert.Equal(SignDeterministic(key, "m"u8), SignDeterministic(key, "m"u8));
        Assert.NotEqual(MlDsa65.Sign(key, "m"u8), MlDsa65.Sign(key, "m"u8));
        Assert.True(MlDsa65.Verify(key.PublicKey, "m"u8, SignDeterministic(key, "m"u8)));
    }

    [Fact]
    public void Refuses_an_expanded_key_of_which_any_part_is_changed()
    {
        var first = Vectors.Tests(Vectors.Read("pqc", "acvp-mldsa65-keygen.json")).First().Test;
        var expanded = first.GetProperty("expected").Hex("sk");

        // rho, tr, s1, s2, t0; K stands for itself.
        foreach (var place in new[] { 0, 31, 64, 127, 128, 128 + 640, 128 + 1407, 128 + 1408, expanded.Length - 1 })
        {
            expanded[place] ^= 1;
            Assert.Null(MlDsa65.ImportExpandedKey(expanded));
            expanded[place] ^= 1;
        }

        Assert.Null(MlDsa65.ImportExpandedKey(expanded.AsSpan(1)));
        Assert.NotNull(MlDsa65.ImportExpandedKey(expanded));
    }

    [Fact]
    public void The_platform_agrees_or_lacks_the_algorithm_for_an_OpenSSL_older_than_3_5()
    {
        if (!MLDsa.IsSupported)
        {
            // Nothing to compare with. That is only so where OpenSSL is older than 3.5.
            Assert.True(
                OperatingSystem.IsWindows() || SafeEvpPKeyHandle.OpenSslVersion < 0x3_05_00_00_0,
                "OpenSSL has ML-DSA and .NET does not offer it."
            );
            return;
        }

        foreach (
            var (ours, theirs) in new[]
            {
                (MlDsa65, MLDsaAlgorithm.MLDsa65),
                (SignatureAlgorithm.MlDsa44, MLDsaAlgorithm.MLDsa44),
            }
        )
        {
            var seed = RandomNumberGenerator.GetBytes(32);
            using var key = ours.ImportKey(seed);
            using var platform = MLDsa.ImportMLDsaPrivateSeed(theirs, seed);
            Assert.Equal(platform.ExportMLDsaPublicKey(), key.PublicKey.Encoded);
            byte[] context = [1, 2, 3];
            byte[] message = [4, 5];
            Assert.True(platform.VerifyData(message, ours.Sign(key, message, context), context));
            Assert.True(ours.Verify(key.PublicKey, message, platform.SignData(message, context), context));
        }
    }

    private static MlDsa Named(string name) => name == "ML-DSA-44" ? SignatureAlgorithm.MlDsa44 : MlDsa65;

    private static byte[] SignDeterministic(SigningKey key, ReadOnlySpan<byte> message)
    {
        var signature = new byte[key.Algorithm.SignatureSize];
        ((MlDsa)key.Algorithm).SignDeterministic(key, message, default, signature);
        return signature;
    }

    private static SigningKey? ImportKey(JsonElement group)
    {
        if (!group.Has("privateSeed"))
        {
            return MlDsa65.ImportExpandedKey(group.Hex("privateKey"));
        }

        var seed = group.Hex("privateSeed");
        return seed.Length == MlDsa65.SeedSize ? MlDsa65.ImportKey(seed) : null;
    }

    // The groups enter FIPS 204 at different doors; all of them lead to mu.
    private static byte[] AcvpMu(PublicKey key, JsonElement group, JsonElement test)
    {
        if (test.Has("mu"))
        {
            return test.Hex("mu");
        }

        var message = test.Hex("message");
        if (group.Text("signatureInterface") == "external")
        {
            var context = test.Hex("context");
            message = test.Has("hashAlg")
                ? [1, (byte)context.Length, .. context, .. Prehash(test.Text("hashAlg"), message)]
                : [0, (byte)context.Length, .. context, .. message];
        }

        var trace = new byte[64];
        var mu = new byte[MlDsa.MuSize];
        Shake.Hash256(trace, key.Encoded);
        Shake.Hash256(mu, trace, message);
        return mu;
    }

    // HashML-DSA, section 5.4.1: object identifier 2.16.840.1.101.3.4.2.n of the hash, then the hash.
    private static byte[] Prehash(string name, byte[] message)
    {
        var (arc, option, size) = name switch
        {
            "SHA2-256" => (1, "sha256", 32),
            "SHA2-384" => (2, "sha384", 48),
            "SHA2-512" => (3, "sha512", 64),
            "SHA2-224" => (4, "sha224", 28),
            "SHA2-512/224" => (5, "sha512-224", 28),
            "SHA2-512/256" => (6, "sha512-256", 32),
            "SHA3-224" => (7, "sha3-224", 28),
            "SHA3-256" => (8, "sha3-256", 32),
            "SHA3-384" => (9, "sha3-384", 48),
            "SHA3-512" => (10, "sha3-512", 64),
            "SHAKE-128" => (11, "shake128", 32),
            "SHAKE-256" => (12, "shake256", 64),
            _ => throw new ArgumentException(name, nameof(name)),
        };
        return [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, (byte)arc, .. OpenSslDigest(option, size, message)];
    }

    // The platform's library lacks SHA-224 and SHA-512/t, so all of them are asked of the openssl program.
    private static byte[] OpenSslDigest(string option, int size, byte[] message)
    {
        var start = new ProcessStartInfo("openssl")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in new[] { "dgst", "-r", "-" + option })
        {
            start.ArgumentList.Add(argument);
        }

        if (option.StartsWith("shake", StringComparison.Ordinal))
        {
            start.ArgumentList.Add("-xoflen");
            start.ArgumentList.Add(size.ToString(CultureInfo.InvariantCulture));
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("openssl did not start.");
        process.StandardInput.BaseStream.Write(message);
        process.StandardInput.Close();
        var hash = Convert.FromHexString(process.StandardOutput.ReadToEnd().Split(' ')[0]);
        Assert.Equal(size, hash.Length);
        return hash;
    }
}
