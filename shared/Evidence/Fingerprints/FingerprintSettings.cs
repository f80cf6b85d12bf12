using System.Text.Json.Serialization;
using Lace.Evidence.NearDuplicates;

namespace Lace.Evidence.Fingerprints;

/// <summary>Who may see a filter.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FingerprintTier>))]
public enum FingerprintTier
{
    /// <summary>The filter is public; what could be personal, and what says nothing, is left out of it.</summary>
    [JsonStringEnumMemberName("T0")]
    Public,

    /// <summary>The filter stays with the service, which opens the blocks that a question falls on.</summary>
    [JsonStringEnumMemberName("T1")]
    Private,

    /// <summary>As <see cref="Private"/>, and what is in the filter depends on a key of its owner.</summary>
    [JsonStringEnumMemberName("T2")]
    Keyed,
}

/// <summary>What the fingerprints of one attestation are made with.</summary>
/// <param name="Salt">16 bytes, issued for the attestation and public once it is complete.</param>
/// <param name="Key">32 secret bytes of a keyed filter, null of the others.</param>
/// <param name="NearDuplicates">Whether bands of whole records are made too (<see cref="MinHashScheme"/>).</param>
public sealed record FingerprintSettings(
    FingerprintTier Tier,
    ReadOnlyMemory<byte> Salt,
    ReadOnlyMemory<byte>? Key = null,
    bool NearDuplicates = false
)
{
    /// <summary>Whether the parts fit together.</summary>
    public bool IsValid =>
        Enum.IsDefined(Tier)
        && Salt.Length == FingerprintScheme.SaltSize
        && (!NearDuplicates || MinHashScheme.IsFor(Tier))
        && (Tier == FingerprintTier.Keyed ? Key is { Length: FingerprintScheme.KeySize } : Key is null);
}
