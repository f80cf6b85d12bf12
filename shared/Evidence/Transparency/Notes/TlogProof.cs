using System.Diagnostics.CodeAnalysis;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>That an entry is in a log, checkable without a network: a <c>.tlog-proof</c> file (C2SP tlog-proof, version 1).</summary>
/// <param name="Index">Index of the entry in the log.</param>
/// <param name="Hashes">Inclusion proof, siblings in order from the leaf.</param>
/// <param name="Checkpoint">The log's note with all its signature lines.</param>
/// <param name="Extra">What the application put beside it; empty where there is nothing. Nobody signed it.</param>
public sealed record TlogProof(
    long Index,
    IReadOnlyList<MerkleHash> Hashes,
    SignedNote Checkpoint,
    ReadOnlyMemory<byte> Extra = default
)
{
    /// <summary>Most bytes of a proof file.</summary>
    public const int MaxBytes = 2 * SignedNote.MaxBytes;

    private const string Version = "c2sp.org/tlog-proof@v1";
    private const string ExtraKeyword = "extra ";
    private const string IndexKeyword = "index ";

    /// <summary>Reads a proof file. False if it is malformed or too large; says nothing about whether it holds: see <see cref="Verify"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out TlogProof? proof)
    {
        proof = null;
        if (
            NoteText.Decode(utf8, MaxBytes) is not { } text
            || ProofLines.Split(text) is not ([Version, .. var head], var checkpoint)
        )
        {
            return false;
        }

        byte[]? extra = null;
        if (head is [var first, ..] && first.StartsWith(ExtraKeyword, StringComparison.Ordinal))
        {
            extra = NoteText.DecodeBase64(first[ExtraKeyword.Length..]);
            if (extra is not { Length: > 0 })
            {
                return false;
            }

            head = head[1..];
        }

        if (
            head is not [var line, .. var lines]
            || ProofLines.ParseNumber(line, IndexKeyword) is not { } index
            || ProofLines.ParseHashes(lines) is not { } hashes
        )
        {
            return false;
        }

        proof = new TlogProof(index, hashes, checkpoint, extra);
        return true;
    }

    /// <summary>Whether a log of the policy, witnessed as the policy wants, holds this leaf at <see cref="Index"/>.</summary>
    /// <param name="leaf">Leaf hash that the caller computed from the entry.</param>
    /// <param name="policy">Whom the caller trusts.</param>
    public TlogProofVerification Verify(in MerkleHash leaf, TlogPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var decision = policy.Evaluate(Checkpoint);
        return new TlogProofVerification(
            decision,
            decision.Checkpoint is { } head
                && MerkleTree.VerifyInclusion(leaf, Index, head.Size, [.. Hashes], head.Root)
        );
    }

    /// <summary>The file's text.</summary>
    public override string ToString()
    {
        var extra = Extra.IsEmpty ? "" : $"{ExtraKeyword}{Convert.ToBase64String(Extra.Span)}\n";
        return ProofLines.Format($"{Version}\n{extra}{IndexKeyword}{Index}", Hashes, Checkpoint);
    }
}

/// <summary>Outcome of <see cref="TlogProof.Verify"/>.</summary>
/// <param name="Decision">Whether the policy accepts the checkpoint, with the reason.</param>
/// <param name="IsIncluded">Whether the checkpoint is accepted and the leaf is in its tree: the answer.</param>
public sealed record TlogProofVerification(PolicyDecision Decision, bool IsIncluded);
