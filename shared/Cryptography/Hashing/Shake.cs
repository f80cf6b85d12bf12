using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Lace.Cryptography.Hashing;

/// <summary>SHAKE128 and SHAKE256 (FIPS 202, section 6.2): absorb, then squeeze as often as wanted.</summary>
/// <remarks>
/// Own code because ML-DSA squeezes block by block, which the platform's library offers only in part, and because a
/// native context for each of hundreds of short hashes costs more than the hash. Tested equal to the platform's.
/// A mutable value: pass it by reference. Little-endian machines only, like every target of .NET that we ship to.
/// </remarks>
internal struct Shake
{
    public const int Rate128 = 168;
    public const int Rate256 = 136;

    private readonly int rate;
    private LaneArray lanes;
    private int position;
    private bool squeezing;

    private Shake(int rate) => this.rate = rate;

    public static Shake Create128() => new(Rate128);

    public static Shake Create256() => new(Rate256);

    /// <summary>SHAKE256 of up to three parts, one after the other.</summary>
    public static void Hash256(
        Span<byte> destination,
        ReadOnlySpan<byte> first,
        ReadOnlySpan<byte> second = default,
        ReadOnlySpan<byte> third = default
    )
    {
        var shake = Create256();
        shake.Absorb(first);
        shake.Absorb(second);
        shake.Absorb(third);
        shake.Squeeze(destination);
        shake.Clear();
    }

    public void Absorb(ReadOnlySpan<byte> data)
    {
        if (squeezing)
        {
            throw new InvalidOperationException("Nothing can be absorbed after the first squeeze.");
        }

        while (!data.IsEmpty)
        {
            var block = Bytes(ref lanes)[position..rate];
            var length = Math.Min(block.Length, data.Length);
            Xor(block[..length], data[..length]);
            data = data[length..];
            position += length;
            if (position == rate)
            {
                Keccak.Permute(lanes);
                position = 0;
            }
        }
    }

    public void Squeeze(Span<byte> destination)
    {
        if (!squeezing)
        {
            var bytes = Bytes(ref lanes);
            bytes[position] ^= 0x1F;
            bytes[rate - 1] ^= 0x80;
            position = rate;
            squeezing = true;
        }

        while (!destination.IsEmpty)
        {
            if (position == rate)
            {
                Keccak.Permute(lanes);
                position = 0;
            }

            var block = Bytes(ref lanes)[position..rate];
            var length = Math.Min(block.Length, destination.Length);
            block[..length].CopyTo(destination);
            destination = destination[length..];
            position += length;
        }
    }

    /// <summary>Forgets what was absorbed: to be called where that was secret.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(Bytes(ref lanes));
        position = 0;
        squeezing = false;
    }

    private static void Xor(Span<byte> target, ReadOnlySpan<byte> data)
    {
        var targetWords = MemoryMarshal.Cast<byte, ulong>(target);
        var dataWords = MemoryMarshal.Cast<byte, ulong>(data);
        for (var i = 0; i < dataWords.Length; i++)
        {
            targetWords[i] ^= dataWords[i];
        }

        for (var i = dataWords.Length * sizeof(ulong); i < data.Length; i++)
        {
            target[i] ^= data[i];
        }
    }

    private static Span<byte> Bytes(ref LaneArray lanes) => MemoryMarshal.AsBytes((Span<ulong>)lanes);

    [InlineArray(Keccak.Lanes)]
    private struct LaneArray
    {
        private ulong first;
    }
}
