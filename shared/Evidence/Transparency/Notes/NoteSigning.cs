using System.Buffers.Binary;
using System.Text;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>The bytes that a key signs for a note, and the line that its raw signature becomes. Signing itself happens where the private key is.</summary>
/// <remarks>Times are seconds since 1970 in UTC; 0 where the type carries none. Source: C2SP signed-note and tlog-cosignature.</remarks>
public static class NoteSigning
{
    private const int TimeSize = sizeof(long);

    /// <summary>What the private half of the key has to sign.</summary>
    /// <param name="key">Its type decides the form; ECDSA signs the message with SHA-256 in DER, ML-DSA-44 with an empty context.</param>
    /// <param name="text">The note's text with its last newline; for ML-DSA-44 that of a <see cref="Checkpoint"/>.</param>
    /// <param name="unixSeconds">Time of signing for the two types of cosignature, else 0.</param>
    /// <exception cref="ArgumentException">ML-DSA-44 cannot sign a text that is not a checkpoint; a time with a type that has none; a negative time.</exception>
    public static byte[] Message(VerifierKey key, string text, long unixSeconds = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(text);
        RequireTime(key, unixSeconds);
        return TryMessage(key, text, unixSeconds)
            ?? throw new ArgumentException("Only a checkpoint can be cosigned with ML-DSA-44.", nameof(text));
    }

    /// <summary>The line of a raw signature over <see cref="Message"/>.</summary>
    /// <exception cref="ArgumentException">The signature is empty, or the time is not one of the key's type.</exception>
    public static NoteSignature Line(VerifierKey key, ReadOnlySpan<byte> signature, long unixSeconds = 0)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireTime(key, unixSeconds);
        if (signature.IsEmpty)
        {
            throw new ArgumentException("A signature has at least one byte.", nameof(signature));
        }

        var bytes = new byte[HasTime(key.Type) ? TimeSize + signature.Length : signature.Length];
        if (HasTime(key.Type))
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes, unixSeconds);
        }

        signature.CopyTo(bytes.AsSpan(bytes.Length - signature.Length));
        return new NoteSignature(key.Name, key.KeyId, bytes);
    }

    /// <summary>The time at which the line says it was signed, if it is a valid signature of the key over the text.</summary>
    internal static long? Verify(VerifierKey key, string text, NoteSignature line)
    {
        var time = 0L;
        var signature = line.Bytes.Span;
        if (HasTime(key.Type))
        {
            if (
                signature.Length <= TimeSize
                || BinaryPrimitives.ReadInt64BigEndian(signature) is not (>= 0 and var read)
            )
            {
                return null;
            }

            time = read;
            signature = signature[TimeSize..];
        }

        return TryMessage(key, text, time) is { } message && key.Verify(message, signature) ? time : null;
    }

    private static byte[]? TryMessage(VerifierKey key, string text, long unixSeconds) =>
        key.Type switch
        {
            NoteSignatureType.Ed25519Cosignature => Encoding.UTF8.GetBytes(
                $"cosignature/v1\ntime {unixSeconds}\n{text}"
            ),
            NoteSignatureType.MlDsa44Cosignature => Checkpoint.TryParse(text, out var checkpoint)
                ? CosignedMessage(key.Name, unixSeconds, checkpoint)
                : null,
            _ => Encoding.UTF8.GetBytes(text),
        };

    // struct cosigned_message of tlog-cosignature; a checkpoint is the subtree from 0 to its size.
    private static byte[]? CosignedMessage(string cosigner, long unixSeconds, Checkpoint checkpoint)
    {
        var (name, origin) = (Encoding.UTF8.GetBytes(cosigner), Encoding.UTF8.GetBytes(checkpoint.Origin));
        if (origin.Length > byte.MaxValue)
        {
            return null;
        }

        return
        [
            .. "subtree/v1\n\0"u8,
            (byte)name.Length,
            .. name,
            .. BigEndian(unixSeconds),
            (byte)origin.Length,
            .. origin,
            .. BigEndian(0),
            .. BigEndian(checkpoint.Size),
            .. checkpoint.Root.ToArray(),
        ];
    }

    private static byte[] BigEndian(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    private static bool HasTime(NoteSignatureType type) =>
        type is NoteSignatureType.Ed25519Cosignature or NoteSignatureType.MlDsa44Cosignature;

    private static void RequireTime(VerifierKey key, long unixSeconds)
    {
        if (unixSeconds < 0 || (unixSeconds != 0 && !HasTime(key.Type)))
        {
            throw new ArgumentException(
                $"{unixSeconds} is not a time of a signature by {key.Type}.",
                nameof(unixSeconds)
            );
        }
    }
}
