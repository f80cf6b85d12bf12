using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Lace.Worker.Training;

/// <summary>
/// The secret of one training, from which its noise and its batches follow. Who has it can subtract the noise: it is sealed beside
/// the operation log, never part of an artifact, and a training that goes on after a crash needs the same one.
/// </summary>
public sealed class NoiseKey : IDisposable
{
    public const int Size = 32;

    private readonly byte[] secret = GC.AllocateArray<byte>(Size, pinned: true);
    private bool disposed;

    private NoiseKey(ReadOnlySpan<byte> bytes) => bytes.CopyTo(secret);

    /// <summary>A fresh one from the operating system.</summary>
    public static NoiseKey Generate()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        var key = new NoiseKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    /// <param name="bytes">What <see cref="Bytes"/> of an earlier one were; copied.</param>
    /// <exception cref="ArgumentException">It is not <see cref="Size"/> bytes.</exception>
    public static NoiseKey FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Size
            ? new NoiseKey(bytes)
            : throw new ArgumentException($"A noise key has {Size} bytes.", nameof(bytes));

    /// <summary>For sealing. The span is zero after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return secret;
        }
    }

    /// <summary>A public name: equal for equal keys, and nothing else can be told from it.</summary>
    public string Id => Convert.ToHexStringLower(Derive("lace training key id/1")[..16]);

    internal byte[] ForNoise() => Derive("lace training noise/1");

    internal byte[] ForSampling() => Derive("lace training poisson sampling/1");

    /// <summary>
    /// Dropout is no secret by itself. But a record more moves the others to other masks, and who knew the masks of both could not take
    /// one for the other: drawn from the key, they are as random to everybody as the proof needs them.
    /// </summary>
    internal long ForDropout() => BinaryPrimitives.ReadInt64LittleEndian(Derive("lace training dropout/1"));

    public void Dispose()
    {
        disposed = true;
        CryptographicOperations.ZeroMemory(secret);
    }

    // RFC 5869, the purpose as info.
    private byte[] Derive(string purpose)
    {
        var derived = GC.AllocateArray<byte>(Size, pinned: true);
        HKDF.Expand(HashAlgorithmName.SHA256, Bytes, derived, System.Text.Encoding.ASCII.GetBytes(purpose));
        return derived;
    }
}
