namespace Lace.Evidence.Fingerprints;

/// <summary>The figures of the scheme FP-1 (docs/formats/fingerprints.md). Another figure is another scheme with another name.</summary>
public static class FingerprintScheme
{
    public const string Name = "FP-1";

    /// <summary>Normalised bytes that one fingerprint covers.</summary>
    public const int Gram = 48;

    /// <summary>Of so many grams in a row at least one is a fingerprint.</summary>
    public const int Window = 64;

    /// <summary>Two texts that share so many normalised bytes in a row share a fingerprint, always.</summary>
    public const int Guarantee = Gram + Window - 1;

    /// <summary>Bytes of the salt under which the fingerprints of one attestation are made.</summary>
    public const int SaltSize = 16;

    /// <summary>Bytes of the secret key of a keyed filter.</summary>
    public const int KeySize = 32;
}
