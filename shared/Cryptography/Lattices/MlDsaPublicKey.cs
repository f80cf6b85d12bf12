using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lace.Cryptography.Hashing;

namespace Lace.Cryptography.Lattices;

/// <summary>A public key with the expanded matrix and t1 in the NTT domain: some 36 KB for ML-DSA-65, half the work of a verification.</summary>
internal sealed class MlDsaPublicKey : PublicKey
{
    private readonly MlDsaParameters p;
    private readonly int[] matrix;
    private readonly int[] scaledT;
    private readonly byte[] trace = new byte[MlDsaParameters.TraceSize];

    public MlDsaPublicKey(MlDsa algorithm, MlDsaParameters parameters, ReadOnlySpan<byte> encoded)
        : base(algorithm, encoded)
    {
        p = parameters;
        matrix = new int[p.K * p.L * Ring.N];
        scaledT = new int[p.K * Ring.N];
        Sampling.ExpandMatrix(encoded[..MlDsaParameters.SeedSize], p, matrix);
        BitPacking.Unpack(encoded[MlDsaParameters.SeedSize..], MlDsaParameters.HighBitsOfT, scaledT);
        Ring.ShiftUp(scaledT);
        NumberTheoreticTransform.Forward(scaledT);
        Shake.Hash256(trace, encoded);
    }

    /// <summary>The matrix A, row by row, in the NTT domain.</summary>
    public ReadOnlySpan<int> Matrix => matrix;

    /// <summary>tr, the hash of the encoded key.</summary>
    public ReadOnlySpan<byte> Trace => trace;

    /// <summary>mu of FIPS 204, algorithm 2, line 6 with M' = 0 || length || context || message.</summary>
    public void ComputeMu(ReadOnlySpan<byte> message, ReadOnlySpan<byte> context, Span<byte> mu)
    {
        var shake = Shake.Create256();
        shake.Absorb(trace);
        shake.Absorb([0, (byte)context.Length]);
        shake.Absorb(context);
        shake.Absorb(message);
        shake.Squeeze(mu);
    }

    /// <summary>Algorithm 8, Verify_internal, from mu on.</summary>
    [SkipLocalsInit]
    public bool VerifyMu(ReadOnlySpan<byte> mu, ReadOnlySpan<byte> signature)
    {
        Span<int> z = stackalloc int[p.L * Ring.N];
        Span<int> hint = stackalloc int[p.K * Ring.N];
        var challengeHash = signature[..p.ChallengeSize];
        var responseSize = p.L * MlDsaParameters.PolynomialSize(p.MaskBits);
        if (!HintPacking.TryUnpack(signature[(p.ChallengeSize + responseSize)..], p.Omega, hint))
        {
            return false;
        }

        BitPacking.Unpack(signature.Slice(p.ChallengeSize, responseSize), p.MaskBits, z);
        Ring.SubtractFrom(p.Gamma1, z);
        if (Ring.NormReaches(z, p.Gamma1 - p.Beta))
        {
            return false;
        }

        Span<int> challenge = stackalloc int[Ring.N];
        Sampling.SampleInBall(challengeHash, p.Tau, challenge);
        NumberTheoreticTransform.Forward(challenge);
        NumberTheoreticTransform.Forward(z);

        // w = A z - c t1 2^d
        Span<int> w = stackalloc int[p.K * Ring.N];
        Span<int> product = stackalloc int[Ring.N];
        for (var row = 0; row < p.K; row++)
        {
            var target = w.Polynomial(row);
            NumberTheoreticTransform.InnerProduct(target, Matrix.Slice(row * z.Length, z.Length), z);
            NumberTheoreticTransform.InnerProduct(product, challenge, scaledT.AsSpan(row * Ring.N, Ring.N));
            Ring.Subtract(target, product);
            Ring.Reduce(target);
        }

        NumberTheoreticTransform.Inverse(w);
        Ring.ToNonNegative(w);
        Ring.UseHint(w, hint, p.HighParts);

        Span<byte> expected = stackalloc byte[p.ChallengeSize];
        HashCommitment(p, mu, w, expected);
        return expected.SequenceEqual(challengeHash);
    }

    /// <summary>The commitment hash: SHAKE256 of mu and the packed high parts.</summary>
    public static void HashCommitment(MlDsaParameters p, ReadOnlySpan<byte> mu, ReadOnlySpan<int> high, Span<byte> hash)
    {
        Span<byte> packed = stackalloc byte[p.K * MlDsaParameters.PolynomialSize(p.HighPartBits)];
        BitPacking.Pack(high, p.HighPartBits, packed);
        Shake.Hash256(hash, mu, packed);
    }
}
