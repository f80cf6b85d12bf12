using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Lace.Cryptography.Hashing;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// What a keyed filter holds of a salted fingerprint: the first eight bytes of HMAC-SHA-256 under the owner's key, little-endian. Over the
/// fingerprint and not over the text, so that who asks sends no text. Belongs to one thread.
/// </summary>
public sealed class KeyedFingerprints : IDisposable
{
    private const int AtOnce = 64;

    private readonly HmacSha256Numbers mac;

    /// <param name="key">32 bytes.</param>
    public KeyedFingerprints(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, FingerprintScheme.KeySize, nameof(key));
        mac = new HmacSha256Numbers(key);
    }

    /// <summary>What the signed statement says of a key: with it an auditor who is given the key sees that it is the one.</summary>
    public static MerkleHash Commit(ReadOnlySpan<byte> key) =>
        new(SHA256.HashData([.. Encoding.ASCII.GetBytes("lace-fp-1 key"), .. key]));

    public ulong Of(ulong fingerprint)
    {
        Replace(new Span<ulong>(ref fingerprint));
        return fingerprint;
    }

    /// <summary>Puts in the place of each fingerprint what a keyed filter holds of it.</summary>
    public void Replace(Span<ulong> fingerprints)
    {
        Span<ulong> messages = stackalloc ulong[AtOnce];
        Span<byte> macs = stackalloc byte[AtOnce * HmacSha256Numbers.MacSize];
        while (!fingerprints.IsEmpty)
        {
            var count = Math.Min(AtOnce, fingerprints.Length);
            // Hashed as eight bytes, little-endian.
            BinaryPrimitives.ReverseEndianness(fingerprints[..count], messages);
            mac.Of(messages[..count], macs);
            for (var i = 0; i < count; i++)
            {
                fingerprints[i] = BinaryPrimitives.ReadUInt64LittleEndian(macs[(i * HmacSha256Numbers.MacSize)..]);
            }

            fingerprints = fingerprints[count..];
        }
    }

    public void Dispose() => mac.Dispose();
}
