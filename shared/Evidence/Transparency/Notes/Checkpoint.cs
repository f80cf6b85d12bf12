using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>What a log commits to at one size (C2SP tlog-checkpoint): says nothing until the note around it is verified.</summary>
/// <param name="Origin">The log's identity, one line; its keys have it as their name.</param>
/// <param name="Size">Number of leaves, from 0.</param>
/// <param name="Root">Tree head over them; over none, SHA-256 of nothing.</param>
public sealed record Checkpoint(string Origin, long Size, MerkleHash Root)
{
    /// <summary>Head of the empty tree.</summary>
    public static MerkleHash EmptyRoot { get; } = new(SHA256.HashData([]));

    /// <summary>The three lines that are signed, each with its newline.</summary>
    public string Text => $"{Origin}\n{Size}\n{NoteText.Encode(Root)}\n";

    /// <summary>Reads a note's text. Extension lines are accepted and not kept: nobody but the log vouches for them.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = null;
        if (text is null || text.Length > SignedNote.MaxBytes || !NoteText.IsPlain(text))
        {
            return false;
        }

        if (
            text.Split('\n') is not [{ Length: > 0 } origin, var size, var root, .. var extensions, ""]
            || extensions.Contains("")
            || NoteText.DecodeDecimal(size) is not { } leaves
            || NoteText.DecodeHash(root) is not { } head
            || (leaves == 0 && head != EmptyRoot)
        )
        {
            return false;
        }

        checkpoint = new Checkpoint(origin, leaves, head);
        return true;
    }
}
