using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// What a keyed filter holds of a salted fingerprint: the first eight bytes of HMAC-SHA-256 under the owner's key, little-endian. Over the
/// fingerprint and not over the text, so that who asks sends no text. Belongs to one thread.
/// </summary>
public sealed class KeyedFingerprints : IDisposable
{
    private readonly IncrementalHash mac;

    /// <param name="key">32 bytes.</param>
    public KeyedFingerprints(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, FingerprintScheme.KeySize, nameof(key));
        mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
    }

    /// <summary>What the signed statement says of a key: with it an auditor who is given the key sees that it is the one.</summary>
    public static MerkleHash Commit(ReadOnlySpan<byte> key) =>
        new(SHA256.HashData([.. Encoding.ASCII.GetBytes("lace-fp-1 key"), .. key]));

    public ulong Of(ulong fingerprint)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(hash, fingerprint);
        mac.AppendData(hash[..sizeof(ulong)]);
        mac.GetHashAndReset(hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    public void Dispose() => mac.Dispose();
}
