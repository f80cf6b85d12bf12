using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Lace.Cryptography.Hashing;

namespace Lace.Cryptography.Lattices;

/// <summary>A private key: K, and s1, s2, t0 in the NTT domain.</summary>
/// <remarks>
/// What signing leaks by its time is the number of attempts and which polynomial of an attempt first broke a bound; both are
/// independent of the key (Dilithium, round 3 specification, section 5.5). Everything else is branch-free.
/// </remarks>
internal sealed class MlDsaSigningKey : SigningKey
{
    private readonly MlDsaParameters p;
    private readonly Secret<byte> nonceKey;
    private readonly Secret<int> vectors;

    private MlDsaSigningKey(
        MlDsaPublicKey publicKey,
        MlDsaParameters parameters,
        ReadOnlySpan<byte> seed,
        KeyExport export,
        ReadOnlySpan<byte> nonceKey,
        Secret<int> vectors
    )
        : base(publicKey, seed, export)
    {
        p = parameters;
        this.vectors = vectors;
        this.nonceKey = new Secret<byte>(nonceKey.Length);
        nonceKey.CopyTo(this.nonceKey.Span);
        NumberTheoreticTransform.Forward(vectors.Span);
    }

    private ReadOnlySpan<int> S1 => vectors.Span[..(p.L * Ring.N)];

    private ReadOnlySpan<int> S2 => vectors.Span.Slice(p.L * Ring.N, p.K * Ring.N);

    private ReadOnlySpan<int> T0 => vectors.Span[((p.L + p.K) * Ring.N)..];

    /// <summary>Algorithm 6, KeyGen_internal.</summary>
    public static MlDsaSigningKey Derive(MlDsa algorithm, MlDsaParameters p, ReadOnlySpan<byte> seed, KeyExport export)
    {
        Span<byte> expanded = stackalloc byte[128];
        Shake.Hash256(expanded, seed, [(byte)p.K, (byte)p.L]);
        var rho = expanded[..32];
        var rhoPrime = expanded[32..96];
        var keyOfNonce = expanded[96..];
        var secrets = new Secret<int>((p.L + p.K + p.K) * Ring.N);
        Sampling.ExpandSecrets(rhoPrime, p.Eta, secrets.Span[..((p.L + p.K) * Ring.N)]);
        var publicKey = new MlDsaPublicKey(algorithm, p, Publish(p, rho, secrets.Span));
        var key = new MlDsaSigningKey(publicKey, p, seed, export, keyOfNonce, secrets);
        CryptographicOperations.ZeroMemory(expanded);
        return key;
    }

    /// <summary>skDecode (algorithm 25); null for coefficients out of range, and where t0 or tr are not those of the secrets.</summary>
    public static MlDsaSigningKey? Decode(MlDsa algorithm, MlDsaParameters p, ReadOnlySpan<byte> encoded)
    {
        var rho = encoded[..32];
        var keyOfNonce = encoded[32..64];
        var trace = encoded[64..128];
        var secretSize = (p.L + p.K) * MlDsaParameters.PolynomialSize(p.SecretBits);
        var secrets = new Secret<int>((p.L + p.K + p.K) * Ring.N);
        var small = secrets.Span[..((p.L + p.K) * Ring.N)];
        BitPacking.Unpack(encoded.Slice(128, secretSize), p.SecretBits, small);
        Ring.SubtractFrom(p.Eta, small);
        if (Ring.NormReaches(small, p.Eta + 1))
        {
            secrets.Dispose();
            return null;
        }

        var publicKey = new MlDsaPublicKey(algorithm, p, Publish(p, rho, secrets.Span));
        using var given = new Secret<int>(p.K * Ring.N);
        BitPacking.Unpack(encoded[(128 + secretSize)..], MlDsaParameters.DroppedBits, given.Span);
        Ring.SubtractFrom(1 << (MlDsaParameters.DroppedBits - 1), given.Span);
        var computed = MemoryMarshal.AsBytes(secrets.Span[((p.L + p.K) * Ring.N)..]);
        if (
            !CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(given.Span), computed)
            || !CryptographicOperations.FixedTimeEquals(trace, publicKey.Trace)
        )
        {
            secrets.Dispose();
            return null;
        }

        return new MlDsaSigningKey(publicKey, p, default, KeyExport.Refused, keyOfNonce, secrets);
    }

    // t = A s1 + s2, split: t0 goes behind s1 and s2, the encoded public key is returned.
    private static byte[] Publish(MlDsaParameters p, ReadOnlySpan<byte> rho, Span<int> secrets)
    {
        var matrix = new int[p.K * p.L * Ring.N];
        Sampling.ExpandMatrix(rho, p, matrix);
        using var s1 = new Secret<int>(p.L * Ring.N);
        secrets[..s1.Span.Length].CopyTo(s1.Span);
        NumberTheoreticTransform.Forward(s1.Span);
        var t = secrets[((p.L + p.K) * Ring.N)..];
        for (var row = 0; row < p.K; row++)
        {
            NumberTheoreticTransform.InnerProduct(
                t.Polynomial(row),
                matrix.AsSpan(row * s1.Span.Length, s1.Span.Length),
                s1.Span
            );
        }

        NumberTheoreticTransform.Inverse(t);
        Ring.Add(t, secrets.Slice(p.L * Ring.N, p.K * Ring.N));
        Ring.Reduce(t);
        Ring.ToNonNegative(t);

        var high = new int[p.K * Ring.N];
        Ring.SplitPowerOfTwo(t, high);
        var encoded = new byte[p.PublicKeySize];
        rho.CopyTo(encoded);
        BitPacking.Pack(high, MlDsaParameters.HighBitsOfT, encoded.AsSpan(MlDsaParameters.SeedSize));
        return encoded;
    }

    /// <summary>Algorithm 7, Sign_internal, from mu on. The loop is one protocol and stands together.</summary>
    /// <param name="randomness">32 bytes: fresh ones to hedge, zeroes to be deterministic.</param>
    [SkipLocalsInit]
    public void SignMu(ReadOnlySpan<byte> mu, ReadOnlySpan<byte> randomness, Span<byte> signature)
    {
        var publicKey = (MlDsaPublicKey)PublicKey;
        Span<byte> rhoPrime = stackalloc byte[64];
        Shake.Hash256(rhoPrime, nonceKey.Span, randomness, mu);

        Span<int> mask = stackalloc int[p.L * Ring.N];
        Span<int> z = stackalloc int[p.L * Ring.N];
        Span<int> low = stackalloc int[p.K * Ring.N];
        Span<int> high = stackalloc int[p.K * Ring.N];
        Span<int> challenge = stackalloc int[Ring.N];
        Span<int> product = stackalloc int[Ring.N];
        Span<byte> challengeHash = stackalloc byte[p.ChallengeSize];
        for (var kappa = 0; ; kappa += p.L)
        {
            Sampling.ExpandMask(rhoPrime, kappa, p, mask);
            mask.CopyTo(z);
            NumberTheoreticTransform.Forward(z);
            for (var row = 0; row < p.K; row++)
            {
                NumberTheoreticTransform.InnerProduct(
                    low.Polynomial(row),
                    publicKey.Matrix.Slice(row * z.Length, z.Length),
                    z
                );
            }

            NumberTheoreticTransform.Inverse(low);
            Ring.ToNonNegative(low);
            Ring.Decompose(low, high, p.HighParts);

            MlDsaPublicKey.HashCommitment(p, mu, high, challengeHash);
            Sampling.SampleInBall(challengeHash, p.Tau, challenge);
            NumberTheoreticTransform.Forward(challenge);

            if (
                TryRespond(mask, challenge, z, product)
                && TryHint(low, high, challenge, product, out var ones)
                && ones <= p.Omega
            )
            {
                break;
            }
        }

        var responseSize = p.L * MlDsaParameters.PolynomialSize(p.MaskBits);
        Ring.SubtractFrom(p.Gamma1, z);
        challengeHash.CopyTo(signature);
        BitPacking.Pack(z, p.MaskBits, signature.Slice(p.ChallengeSize, responseSize));
        HintPacking.Pack(high, p.Omega, signature[(p.ChallengeSize + responseSize)..]);

        CryptographicOperations.ZeroMemory(rhoPrime);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(mask));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(low));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(product));
    }

    // z = y + c s1; false if it would show too much.
    private bool TryRespond(ReadOnlySpan<int> mask, ReadOnlySpan<int> challenge, Span<int> z, Span<int> product)
    {
        for (var i = 0; i < p.L; i++)
        {
            var target = z.Polynomial(i);
            NumberTheoreticTransform.InnerProduct(product, challenge, S1.Polynomial(i));
            NumberTheoreticTransform.Inverse(product);
            mask.Polynomial(i).CopyTo(target);
            Ring.Add(target, product);
            Ring.Reduce(target);
            if (Ring.NormReaches(target, p.Gamma1 - p.Beta))
            {
                return false;
            }
        }

        return true;
    }

    // The hint, written over the high parts, and its number of ones; false if w - c s2 or c t0 is out of bounds.
    private bool TryHint(
        Span<int> low,
        Span<int> highToHint,
        ReadOnlySpan<int> challenge,
        Span<int> product,
        out int ones
    )
    {
        ones = 0;
        for (var i = 0; i < p.K; i++)
        {
            var target = low.Polynomial(i);
            NumberTheoreticTransform.InnerProduct(product, challenge, S2.Polynomial(i));
            NumberTheoreticTransform.Inverse(product);
            Ring.Subtract(target, product);
            Ring.Reduce(target);
            if (Ring.NormReaches(target, p.Gamma2 - p.Beta))
            {
                return false;
            }

            NumberTheoreticTransform.InnerProduct(product, challenge, T0.Polynomial(i));
            NumberTheoreticTransform.Inverse(product);
            Ring.Reduce(product);
            if (Ring.NormReaches(product, p.Gamma2))
            {
                return false;
            }

            Ring.Add(target, product);
            ones += Ring.MakeHint(target, highToHint.Polynomial(i), highToHint.Polynomial(i), p.Gamma2);
        }

        return true;
    }

    private protected override void Clear()
    {
        nonceKey.Dispose();
        vectors.Dispose();
    }
}
