using System.Security.Cryptography;
using Lace.Cryptography;
using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

public abstract partial class KeyServiceContract
{
    public static TheoryData<SigningAlgorithm> Algorithms => [.. Enum.GetValues<SigningAlgorithm>()];

    private static readonly byte[] Message = "a message to sign"u8.ToArray();

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task A_signature_verifies_under_its_public_key_and_over_nothing_else(SigningAlgorithm algorithm)
    {
        var key = await Keys.GetSigningKeyAsync(tenant, "statements", algorithm);
        var signature = await Keys.SignAsync(tenant, key.KeyId, Message);
        Assert.Equal(algorithm, key.Algorithm);
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(key.PublicKey.Span)), key.KeyId);
        Assert.True(Verifies(key, Message, signature!));
        Assert.False(Verifies(key, "another message"u8.ToArray(), signature!));
        signature![signature.Length / 2] ^= 1;
        Assert.False(Verifies(key, Message, signature));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task The_same_key_is_given_and_signs_until_it_is_rotated_also_after_a_restart(
        SigningAlgorithm algorithm
    )
    {
        var key = await Keys.GetSigningKeyAsync(tenant, "log", algorithm);
        AssertSame(key, await Keys.GetSigningKeyAsync(tenant, "log", algorithm));
        var restarted = Restart();
        AssertSame(key, await restarted.GetSigningKeyAsync(tenant, "log", algorithm));
        AssertSame(key, Assert.Single(await restarted.ListSigningKeysAsync(tenant, "log")));
        Assert.True(Verifies(key, Message, (await restarted.SignAsync(tenant, key.KeyId, Message))!));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task After_a_rotation_the_old_key_is_listed_as_retired_and_signs_nothing(SigningAlgorithm algorithm)
    {
        var old = await Keys.GetSigningKeyAsync(tenant, "log", algorithm);
        Assert.NotNull(await Keys.SignAsync(tenant, old.KeyId, Message));
        var key = await Keys.RotateSigningKeyAsync(tenant, "log", algorithm);
        Assert.NotEqual(old.KeyId, key.KeyId);
        Assert.Null(await Keys.SignAsync(tenant, old.KeyId, Message));
        Assert.True(Verifies(key, Message, (await Keys.SignAsync(tenant, key.KeyId, Message))!));
        AssertSame(key, await Keys.GetSigningKeyAsync(tenant, "log", algorithm));
        await AssertRetiredAsync(Keys);
        await AssertRetiredAsync(Restart());

        async Task AssertRetiredAsync(IKeyService keys)
        {
            var listed = await keys.ListSigningKeysAsync(tenant, "log");
            Assert.Equal([old.KeyId, key.KeyId], listed.Select(one => one.KeyId));
            AssertSame(old with { RetiredAt = key.CreatedAt }, listed[0]);
            Assert.Null(listed[1].RetiredAt);
            Assert.Null(await keys.SignAsync(tenant, old.KeyId, Message));
        }
    }

    [Fact]
    public async Task Names_and_algorithms_have_keys_of_their_own_and_a_rotation_touches_one_of_them()
    {
        var log = await Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        var other = await Keys.GetSigningKeyAsync(tenant, "statements", SigningAlgorithm.Ed25519);
        var mlDsa = await Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.MlDsa44);
        Assert.Equal(3, new[] { log, other, mlDsa }.Select(key => key.KeyId).Distinct().Count());
        await Keys.RotateSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        AssertSame(other, await Keys.GetSigningKeyAsync(tenant, "statements", SigningAlgorithm.Ed25519));
        AssertSame(mlDsa, await Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.MlDsa44));
        Assert.Equal(3, (await Keys.ListSigningKeysAsync(tenant, "log")).Count);
        Assert.Empty(await Keys.ListSigningKeysAsync(tenant, "nothing"));
    }

    [Fact]
    public async Task Nobody_signs_with_what_another_tenant_has_or_nobody_has()
    {
        var stranger = Tenants.New();
        var key = await Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        Assert.Null(await Keys.SignAsync(stranger, key.KeyId, Message));
        Assert.NotNull(await Keys.SignAsync(tenant, key.KeyId, Message));
        Assert.Null(await Keys.SignAsync(stranger, key.KeyId, Message));
        Assert.Empty(await Keys.ListSigningKeysAsync(stranger, "log"));
        Assert.Null(await Keys.SignAsync(tenant, "", Message));
        Assert.Null(await Keys.SignAsync(tenant, "../" + key.KeyId, Message));
        Assert.Null(await Keys.SignAsync(tenant, new string('A', 5000), Message));
    }

    [Fact]
    public async Task After_destruction_no_old_key_signs_or_is_listed_and_others_are_untouched()
    {
        var stranger = Tenants.New();
        var theirs = await Keys.GetSigningKeyAsync(stranger, "log", SigningAlgorithm.Ed25519);
        var old = await Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        Assert.NotNull(await Keys.SignAsync(tenant, old.KeyId, Message));
        await Keys.DestroyAsync(tenant);
        Assert.Null(await Keys.SignAsync(tenant, old.KeyId, Message));
        Assert.Empty(await Keys.ListSigningKeysAsync(tenant, "log"));
        var anew = await Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        Assert.NotEqual(old.KeyId, anew.KeyId);
        Assert.NotNull(await Keys.SignAsync(tenant, anew.KeyId, Message));
        Assert.NotNull(await Keys.SignAsync(stranger, theirs.KeyId, Message));
    }

    [Fact]
    public async Task A_rotation_of_the_data_keys_leaves_the_signing_keys_as_they_are()
    {
        var key = await Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.MlDsa65Ed25519);
        await Keys.RotateAsync(tenant);
        var restarted = Restart();
        Assert.True(Verifies(key, Message, (await restarted.SignAsync(tenant, key.KeyId, Message))!));
    }

    [Fact]
    public async Task Callers_that_ask_at_once_get_one_key_and_all_can_sign()
    {
        var keys = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519))
        );
        var key = keys[0];
        Assert.All(keys, other => AssertSame(key, other));
        Assert.Single(await Keys.ListSigningKeysAsync(tenant, "log"));
        var signatures = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => Keys.SignAsync(tenant, key.KeyId, Message))
        );
        Assert.All(signatures, signature => Assert.True(Verifies(key, Message, signature!)));
    }

    [Fact]
    public async Task Rotations_and_signatures_at_once_lose_no_key_and_make_no_wrong_signature()
    {
        const SigningAlgorithm Algorithm = SigningAlgorithm.EcdsaP256;
        var rotating = Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => Keys.RotateSigningKeyAsync(tenant, "log", Algorithm))
        );
        var signed = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(async _ =>
                {
                    var key = await Keys.GetSigningKeyAsync(tenant, "log", Algorithm);
                    return (Key: key, Signature: await Keys.SignAsync(tenant, key.KeyId, Message));
                })
        );
        Assert.All(signed, one => Assert.True(one.Signature is null || Verifies(one.Key, Message, one.Signature)));
        var made = (await rotating).Select(key => key.KeyId).ToHashSet();
        var listed = await Keys.ListSigningKeysAsync(tenant, "log");
        Assert.Superset(made, listed.Select(key => key.KeyId).ToHashSet());
        Assert.Single(listed, key => key.RetiredAt is null);
    }

    [Fact]
    public async Task Refuses_names_algorithms_and_messages_outside_the_contract()
    {
        foreach (var name in new[] { "", "Log", "a/b", "..", new string('a', 41) })
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() =>
                Keys.GetSigningKeyAsync(tenant, name, SigningAlgorithm.Ed25519)
            );
            await Assert.ThrowsAnyAsync<ArgumentException>(() => Keys.ListSigningKeysAsync(tenant, name));
        }

        await Assert.ThrowsAnyAsync<ArgumentException>(() =>
            Keys.RotateSigningKeyAsync(tenant, "log", (SigningAlgorithm)99)
        );
        await Assert.ThrowsAnyAsync<ArgumentException>(() =>
            Keys.GetSigningKeyAsync(default, "log", SigningAlgorithm.Ed25519)
        );
        var key = await Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Keys.SignAsync(tenant, key.KeyId, new byte[4097]));
        Assert.NotNull(await Keys.SignAsync(tenant, key.KeyId, new byte[4096]));
    }

    /// <summary>By the platform where it has the algorithm, else by the library whose vectors are published.</summary>
    private static bool Verifies(SigningPublicKey key, byte[] message, byte[] signature)
    {
        if (key.Algorithm == SigningAlgorithm.EcdsaP256)
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(key.PublicKey.Span, out _);
            return ecdsa.VerifyData(
                message,
                signature,
                HashAlgorithmName.SHA256,
                DSASignatureFormat.Rfc3279DerSequence
            );
        }

        SignatureAlgorithm algorithm = key.Algorithm switch
        {
            SigningAlgorithm.Ed25519 => SignatureAlgorithm.Ed25519,
            SigningAlgorithm.MlDsa44 => SignatureAlgorithm.MlDsa44,
            _ => SignatureAlgorithm.MlDsa65Ed25519,
        };
        return algorithm.Verify(key.PublicKey.Span, message, signature);
    }

    private static void AssertSame(SigningPublicKey expected, SigningPublicKey actual)
    {
        Assert.Equal(expected with { PublicKey = default }, actual with { PublicKey = default });
        Assert.Equal(expected.PublicKey, actual.PublicKey);
    }
}
