using System.Diagnostics.CodeAnalysis;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>What a log sends a witness (C2SP tlog-witness, <c>add-checkpoint</c>).</summary>
/// <param name="OldSize">Size of the checkpoint that the witness cosigned last, 0 for none.</param>
/// <param name="Proof">Consistency proof from there to the checkpoint, at most 63 hashes; empty from 0.</param>
/// <param name="Checkpoint">The note to cosign.</param>
public sealed record AddCheckpointRequest(long OldSize, IReadOnlyList<MerkleHash> Proof, SignedNote Checkpoint)
{
    /// <summary>Most bytes of a request.</summary>
    public const int MaxBytes = SignedNote.MaxBytes + 4096;

    /// <summary>Media type of the answer 409 that names the size to ask from.</summary>
    public const string SizeMediaType = "text/x.tlog.size";

    private const int MaxSizeBytes = 20;
    private const string OldKeyword = "old ";

    /// <summary>Reads a request's body; false if it is malformed or too large. Neither proof nor note is verified.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out AddCheckpointRequest? request)
    {
        request = null;
        if (
            NoteText.Decode(utf8, MaxBytes) is not { } text
            || ProofLines.Split(text) is not ([var old, .. var lines], var checkpoint)
            || ProofLines.ParseNumber(old, OldKeyword) is not { } oldSize
            || ProofLines.ParseHashes(lines) is not { } proof
        )
        {
            return false;
        }

        request = new AddCheckpointRequest(oldSize, proof, checkpoint);
        return true;
    }

    /// <summary>Reads the body of an answer of <see cref="SizeMediaType"/>: the size that the witness cosigned last, and a newline. Null if malformed.</summary>
    public static long? ParseSize(ReadOnlySpan<byte> utf8) =>
        NoteText.Decode(utf8, MaxSizeBytes) is [.. var digits, '\n'] ? NoteText.DecodeDecimal(digits) : null;

    /// <summary>The body.</summary>
    public override string ToString() => ProofLines.Format($"{OldKeyword}{OldSize}", Proof, Checkpoint);
}
