using Lace.Evidence.Fingerprints;

namespace Lace.Evidence.NearDuplicates;

/// <summary>The band keys of texts that are asked about. Belongs to one thread.</summary>
/// <param name="salt">Of the attestation.</param>
public sealed class TextBands(ReadOnlyMemory<byte> salt)
{
    private readonly TextNormalizer normalizer = new();
    private readonly BandKeys keys = new(salt.Span);

    /// <summary>One for each band; null where the text is too short to have them.</summary>
    public IReadOnlyList<ulong>? Of(ReadOnlySpan<byte> text)
    {
        var bands = new ulong[MinHashScheme.Bands];
        return keys.TryMake(normalizer.Normalize(text), bands) ? bands : null;
    }
}
