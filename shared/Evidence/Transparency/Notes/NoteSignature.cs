using System.Buffers.Binary;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>One signature line of a note: who signed, and bytes whose form only the key's type tells.</summary>
/// <param name="Name">Name of the key.</param>
/// <param name="KeyId">Id of the key.</param>
/// <param name="Bytes">The signature, for cosignatures with the time before it; at least one byte.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Bytes)
{
    private const string Dash = "\u2014 ";

    /// <summary>Reads one line without its newline; null if it is not one.</summary>
    internal static NoteSignature? Parse(string line)
    {
        if (
            !line.StartsWith(Dash, StringComparison.Ordinal)
            || line[Dash.Length..].Split(' ') is not [var name, var encoded]
            || !NoteText.IsKeyName(name)
            || NoteText.DecodeBase64(encoded) is not { Length: > sizeof(uint) } bytes
        )
        {
            return null;
        }

        return new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(sizeof(uint)));
    }

    /// <summary>The line, with its newline.</summary>
    public override string ToString()
    {
        var bytes = new byte[sizeof(uint) + Bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Bytes.Span.CopyTo(bytes.AsSpan(sizeof(uint)));
        return $"{Dash}{Name} {Convert.ToBase64String(bytes)}\n";
    }

    internal bool IsOf(VerifierKey key) => KeyId == key.KeyId && Name == key.Name;
}
