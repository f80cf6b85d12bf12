using System.Runtime.InteropServices;
using Lace.Cryptography.Hashing;

namespace Lace.Evidence.NearDuplicates;

/// <summary>
/// The keys of a text's bands: SipHash-2-4 under the salt of the attestation over the number of the band and its minima. Two texts share a key where all
/// minima of a band are the same. Belongs to one thread.
/// </summary>
public sealed class BandKeys
{
    private const int Words = 1 + MinHashScheme.Rows;

    private static readonly int[] Places =
    [
        .. Enumerable.Range(0, MinHashScheme.Bands).Select(band => band * Words * sizeof(ulong)),
    ];

    private readonly SipHash24 hash;
    private readonly ulong[] minima = new ulong[MinHashScheme.Bins];
    private readonly ulong[] dense = new ulong[MinHashScheme.Bins];
    private readonly ulong[] bands = new ulong[MinHashScheme.Bands * Words];

    /// <param name="salt">16 bytes.</param>
    public BandKeys(ReadOnlySpan<byte> salt)
    {
        hash = new SipHash24(salt);
        for (var band = 0; band < MinHashScheme.Bands; band++)
        {
            bands[band * Words] = (ulong)band;
        }
    }

    /// <summary>Whether a text is long enough to have bands; then all keys are set.</summary>
    /// <param name="text">By N1.</param>
    /// <param name="keys">One for each band.</param>
    public bool TryMake(ReadOnlySpan<byte> text, Span<ulong> keys)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Minima are hashed as little-endian words.");
        }

        TextMinima.Of(text, minima);
        if (Densification.Filled(minima) < MinHashScheme.MinBins)
        {
            return false;
        }

        Densification.Fill(minima, dense);
        for (var band = 0; band < MinHashScheme.Bands; band++)
        {
            dense
                .AsSpan(band * MinHashScheme.Rows, MinHashScheme.Rows)
                .CopyTo(bands.AsSpan((band * Words) + 1, MinHashScheme.Rows));
        }

        hash.Hash(MemoryMarshal.AsBytes(bands.AsSpan()), Places, Words * sizeof(ulong), keys);
        return true;
    }
}
