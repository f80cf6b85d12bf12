using System.Buffers.Binary;
using Lace.Cryptography.Hashing;

namespace Lace.Evidence.NearDuplicates;

/// <summary>
/// The keys of a text's bands: SipHash-2-4 under the salt of the attestation over the number of the band and its minima. Two texts share a key where all
/// minima of a band are the same. Belongs to one thread.
/// </summary>
/// <param name="salt">16 bytes.</param>
public sealed class BandKeys(ReadOnlySpan<byte> salt)
{
    private const int BandSize = (1 + MinHashScheme.Rows) * sizeof(ulong);

    private static readonly int[] Places = [.. Enumerable.Range(0, MinHashScheme.Bands).Select(band => band * BandSize)];

    private readonly SipHash24 hash = new(salt);
    private readonly ulong[] minima = new ulong[MinHashScheme.Bins];
    private readonly ulong[] dense = new ulong[MinHashScheme.Bins];
    private readonly byte[] bands = new byte[MinHashScheme.Bands * BandSize];

    /// <summary>Whether a text is long enough to have bands; then all keys are set.</summary>
    /// <param name="text">By N1.</param>
    /// <param name="keys">One for each band.</param>
    public bool TryMake(ReadOnlySpan<byte> text, Span<ulong> keys)
    {
        TextMinima.Of(text, minima);
        if (Densification.Filled(minima) < MinHashScheme.MinBins)
        {
            return false;
        }

        Densification.Fill(minima, dense);
        for (var band = 0; band < MinHashScheme.Bands; band++)
        {
            var input = bands.AsSpan(Places[band], BandSize);
            BinaryPrimitives.WriteUInt64LittleEndian(input, (ulong)band);
            for (var row = 0; row < MinHashScheme.Rows; row++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(
                    input[((1 + row) * sizeof(ulong))..],
                    dense[(band * MinHashScheme.Rows) + row]
                );
            }
        }

        hash.Hash(bands, Places, BandSize, keys);
        return true;
    }
}
