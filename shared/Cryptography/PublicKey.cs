namespace Lace.Cryptography;

/// <summary>A decoded public key of one algorithm. Holds what verification can compute once: keep it when verifying often.</summary>
public abstract class PublicKey
{
    private readonly byte[] encoded;

    private protected PublicKey(SignatureAlgorithm algorithm, ReadOnlySpan<byte> encoded)
    {
        Algorithm = algorithm;
        this.encoded = encoded.ToArray();
    }

    /// <summary>The algorithm of the key; no other takes it.</summary>
    public SignatureAlgorithm Algorithm { get; }

    /// <summary>The encoding that the algorithm's standard defines.</summary>
    public ReadOnlySpan<byte> Encoded => encoded;
}
