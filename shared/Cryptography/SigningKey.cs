namespace Lace.Cryptography;

/// <summary>Whether the seed of a key may leave it.</summary>
public enum KeyExport
{
    /// <summary>It cannot be read: the key lives and dies in this process.</summary>
    Refused,

    /// <summary>The owner may read it, to wrap and store it.</summary>
    Allowed,
}

/// <summary>A private key of one algorithm with its public half. Its memory is pinned, and zeroed on dispose.</summary>
public abstract class SigningKey : IDisposable
{
    private readonly Secret<byte>? seed;

    private protected SigningKey(PublicKey publicKey, ReadOnlySpan<byte> seed, KeyExport export)
    {
        PublicKey = publicKey;
        if (export == KeyExport.Allowed)
        {
            this.seed = new Secret<byte>(seed.Length);
            seed.CopyTo(this.seed.Span);
        }
    }

    /// <summary>The algorithm that made it; no other takes it.</summary>
    public SignatureAlgorithm Algorithm => PublicKey.Algorithm;

    /// <summary>The public half; it outlives this key.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>Copies the seed into a buffer of exactly <see cref="SignatureAlgorithm.SeedSize"/> bytes, which the caller zeroes.</summary>
    public void ExportSeed(Span<byte> destination)
    {
        if (seed is null)
        {
            throw new InvalidOperationException("This key was made without permission to export it.");
        }

        if (destination.Length != seed.Span.Length)
        {
            throw new ArgumentException($"The seed has {seed.Span.Length} bytes.", nameof(destination));
        }

        seed.Span.CopyTo(destination);
    }

    public void Dispose()
    {
        seed?.Dispose();
        Clear();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Clear();
}
