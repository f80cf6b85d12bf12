using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>A public key under the name with which it signs notes (C2SP signed-note, verifier keys).</summary>
/// <remarks>Name and id together only find the key; whether it is trusted is what the caller's list of keys says.</remarks>
public sealed class VerifierKey : IEquatable<VerifierKey>
{
    private const int MaxNameBytes = 255;
    private const int MaxTextLength = 4096;
    private readonly NoteVerifier verifier;
    private readonly byte[] publicKey;
    private readonly byte[] digest;

    private VerifierKey(string name, NoteSignatureType type, byte[] publicKey, NoteVerifier verifier)
    {
        Name = name;
        Type = type;
        this.publicKey = publicKey;
        this.verifier = verifier;
        digest = SHA256.HashData(
            type == NoteSignatureType.Ecdsa
                ? publicKey
                : [.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)type, .. publicKey]
        );
        KeyId = BinaryPrimitives.ReadUInt32BigEndian(digest);
    }

    /// <summary>Name of the key: for a log its origin. No spaces, no plus, at most 255 bytes in UTF-8.</summary>
    public string Name { get; }

    /// <summary>What the key signs and how.</summary>
    public NoteSignatureType Type { get; }

    /// <summary>The key in the encoding of its <see cref="Type"/>.</summary>
    public ReadOnlyMemory<byte> PublicKey => publicKey;

    /// <summary>The first four bytes of <see cref="Digest"/>, big-endian.</summary>
    public uint KeyId { get; }

    /// <summary>The 32 bytes of which the key id is the start: SHA-256(name || 0x0A || type || key), for ECDSA SHA-256(SPKI). Sigstore's log id.</summary>
    public ReadOnlyMemory<byte> Digest => digest;

    /// <summary>The key of a name, type and encoded public key; null if the name or the key is not one.</summary>
    public static VerifierKey? Create(string name, NoteSignatureType type, ReadOnlySpan<byte> publicKey)
    {
        ArgumentNullException.ThrowIfNull(name);
        return
            NoteText.IsKeyName(name)
            && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes
            && NoteVerifier.Create(type, publicKey) is { } verifier
            ? new VerifierKey(name, type, publicKey.ToArray(), verifier)
            : null;
    }

    /// <summary>Reads <c>name+id+key</c>: id in 8 lower-case hex digits, key the base64 of type byte and public key. False also where the id is not the key's.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out VerifierKey? key)
    {
        key = null;
        if (
            text is not { Length: <= MaxTextLength }
            || text.Split('+', 3) is not [var name, { Length: 8 } id, var encoded]
        )
        {
            return false;
        }

        if (NoteText.DecodeBase64(encoded) is [var type, .. var publicKey])
        {
            key = Create(name, (NoteSignatureType)type, publicKey);
        }

        key = key is not null && key.KeyIdText == id ? key : null;
        return key is not null;
    }

    /// <summary>The form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => $"{Name}+{KeyIdText}+{Convert.ToBase64String([(byte)Type, .. publicKey])}";

    /// <summary>Whether both wrap the same public key, whatever their names and types.</summary>
    public bool HasPublicKeyOf(VerifierKey other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return publicKey.AsSpan().SequenceEqual(other.publicKey);
    }

    /// <summary>Same name, type and public key.</summary>
    public bool Equals(VerifierKey? other) =>
        other is not null && Name == other.Name && Type == other.Type && HasPublicKeyOf(other);

    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    public override int GetHashCode() => HashCode.Combine(Name, Type, KeyId);

    internal bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        verifier.Verify(message, signature);

    private string KeyIdText => KeyId.ToString("x8", CultureInfo.InvariantCulture);
}
