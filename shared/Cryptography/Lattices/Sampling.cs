using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Lace.Cryptography.Hashing;

namespace Lace.Cryptography.Lattices;

/// <summary>ExpandA, ExpandS, ExpandMask and SampleInBall of FIPS 204, section 7.3, four polynomials at a time.</summary>
/// <remarks>
/// Where secrets flow: ExpandMask reads a fixed number of bytes. ExpandS rejects half-bytes; which of them were rejected is
/// visible, but a rejected one is independent of those kept. ExpandA and SampleInBall work on values that are published, or,
/// for an attempt that is thrown away, on the hash of a commitment, which tells nothing of the key.
/// </remarks>
internal static class Sampling
{
    private const int Ways = 4;
    private const byte ShakePadding = 0x1F;

    /// <summary>The k by l matrix, row by row, in the NTT domain.</summary>
    public static void ExpandMatrix(ReadOnlySpan<byte> rho, MlDsaParameters p, Span<int> matrix)
    {
        Span<Vector256<ulong>> state = stackalloc Vector256<ulong>[Keccak.Lanes];
        Span<byte> blocks = stackalloc byte[Ways * Shake.Rate128];
        Span<int> filled = stackalloc int[Ways];
        var count = p.K * p.L;
        for (var first = 0; first < count; first += Ways)
        {
            var ways = Math.Min(Ways, count - first);
            filled.Clear();
            Start(
                state,
                rho,
                Shake.Rate128,
                Vector256.Create(Place(first, p), Place(first + 1, p), Place(first + 2, p), Place(first + 3, p))
            );
            while (filled[..ways].IndexOfAnyExceptInRange(Ring.N, Ring.N) >= 0)
            {
                NextBlocks(state, Shake.Rate128, blocks);
                for (var i = 0; i < ways; i++)
                {
                    filled[i] += RejectUniform(
                        blocks.Slice(i * Shake.Rate128, Shake.Rate128),
                        matrix.Polynomial(first + i)[filled[i]..]
                    );
                }
            }
        }
    }

    /// <summary>Small polynomials, centred, for s1 and then s2: <paramref name="secrets"/> takes l + k of them.</summary>
    public static void ExpandSecrets(ReadOnlySpan<byte> rhoPrime, int eta, Span<int> secrets)
    {
        Span<byte> block = stackalloc byte[Shake.Rate256];
        Span<byte> nonce = stackalloc byte[sizeof(ushort)];
        for (var i = 0; i < secrets.Length / Ring.N; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(nonce, (ushort)i);
            var shake = Shake.Create256();
            shake.Absorb(rhoPrime);
            shake.Absorb(nonce);
            var polynomial = secrets.Polynomial(i);
            for (var filled = 0; filled < Ring.N; )
            {
                shake.Squeeze(block);
                filled += RejectSmall(block, eta, polynomial[filled..]);
            }

            shake.Clear();
        }

        CryptographicOperations.ZeroMemory(block);
    }

    /// <summary>The mask y: coefficients in (-gamma1, gamma1].</summary>
    public static void ExpandMask(ReadOnlySpan<byte> rhoPrime, int kappa, MlDsaParameters p, Span<int> mask)
    {
        var size = MlDsaParameters.PolynomialSize(p.MaskBits);
        Span<Vector256<ulong>> state = stackalloc Vector256<ulong>[Keccak.Lanes];
        Span<byte> blocks = stackalloc byte[Ways * Shake.Rate256];
        var stride = (size / Shake.Rate256 * Shake.Rate256) + Shake.Rate256;
        Span<byte> streams = stackalloc byte[Ways * stride];
        for (var first = 0; first < p.L; first += Ways)
        {
            Start(
                state,
                rhoPrime,
                Shake.Rate256,
                Vector256.Create((ulong)(kappa + first)) + Vector256.Create(0UL, 1, 2, 3)
            );
            for (var offset = 0; offset < size; offset += Shake.Rate256)
            {
                NextBlocks(state, Shake.Rate256, blocks);
                for (var i = 0; i < Ways; i++)
                {
                    blocks.Slice(i * Shake.Rate256, Shake.Rate256).CopyTo(streams[((i * stride) + offset)..]);
                }
            }

            for (var i = 0; i < Math.Min(Ways, p.L - first); i++)
            {
                BitPacking.Unpack(streams.Slice(i * stride, size), p.MaskBits, mask.Polynomial(first + i));
            }
        }

        Ring.SubtractFrom(p.Gamma1, mask);
        CryptographicOperations.ZeroMemory(blocks);
        CryptographicOperations.ZeroMemory(streams);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(state));
    }

    /// <summary>The challenge: tau coefficients of 1 or -1, the rest 0.</summary>
    public static void SampleInBall(ReadOnlySpan<byte> seed, int tau, Span<int> challenge)
    {
        Span<byte> block = stackalloc byte[Shake.Rate256];
        var shake = Shake.Create256();
        shake.Absorb(seed);
        shake.Squeeze(block);
        var signs = BinaryPrimitives.ReadUInt64LittleEndian(block);
        var next = sizeof(ulong);
        challenge.Clear();
        for (var i = Ring.N - tau; i < Ring.N; i++)
        {
            int place;
            do
            {
                if (next == block.Length)
                {
                    shake.Squeeze(block);
                    next = 0;
                }

                place = block[next++];
            } while (place > i);

            challenge[i] = challenge[place];
            challenge[place] = 1 - (2 * (int)(signs & 1));
            signs >>= 1;
        }
    }

    // Column, then row, a byte each.
    private static ulong Place(int index, MlDsaParameters p) => (ulong)((index % p.L) | (index / p.L << 8));

    // Absorbs seed || nonce of each way, two bytes, and pads: one block. The seed is a whole number of lanes.
    private static void Start(Span<Vector256<ulong>> state, ReadOnlySpan<byte> seed, int rate, Vector256<ulong> nonces)
    {
        var lanes = seed.Length / sizeof(ulong);
        for (var i = 0; i < state.Length; i++)
        {
            state[i] =
                i < lanes
                    ? Vector256.Create(BinaryPrimitives.ReadUInt64LittleEndian(seed[(i * sizeof(ulong))..]))
                    : Vector256<ulong>.Zero;
        }

        state[lanes] = nonces | Vector256.Create((ulong)ShakePadding << 16);
        state[(rate / sizeof(ulong)) - 1] ^= Vector256.Create(1UL << 63);
    }

    private static void NextBlocks(Span<Vector256<ulong>> state, int rate, Span<byte> blocks)
    {
        KeccakTimesFour.Permute(state);
        var words = MemoryMarshal.Cast<byte, ulong>(blocks);
        var lanes = rate / sizeof(ulong);
        for (var lane = 0; lane < lanes; lane++)
        {
            var value = state[lane];
            words[lane] = value.GetElement(0);
            words[lanes + lane] = value.GetElement(1);
            words[(2 * lanes) + lane] = value.GetElement(2);
            words[(3 * lanes) + lane] = value.GetElement(3);
        }
    }

    // Three bytes, the top bit dropped, are a coefficient if below q. Returns how many were found.
    private static int RejectUniform(ReadOnlySpan<byte> bytes, Span<int> coefficients)
    {
        unchecked
        {
            var count = 0;
            for (var i = 0; i + 3 <= bytes.Length && count < coefficients.Length; i += 3)
            {
                var candidate = bytes[i] | (bytes[i + 1] << 8) | ((bytes[i + 2] & 0x7F) << 16);
                coefficients[count] = candidate;
                count += candidate < Ring.Q ? 1 : 0;
            }

            return count;
        }
    }

    private static int RejectSmall(ReadOnlySpan<byte> bytes, int eta, Span<int> coefficients)
    {
        var count = 0;
        for (var i = 0; i < 2 * bytes.Length && count < coefficients.Length; i++)
        {
            var half = (bytes[i / 2] >> (4 * (i % 2))) & 15;
            if (eta == 2 && half < 15)
            {
                // half mod 5 without a division.
                coefficients[count++] = 2 - (half - (5 * ((205 * half) >> 10)));
            }
            else if (eta == 4 && half < 9)
            {
                coefficients[count++] = 4 - half;
            }
        }

        return count;
    }
}
