namespace Lace.Evidence.Transparency.Notes;

/// <summary>The shape that a tlog-proof and a request to a witness share: head lines, hashes one a line, an empty line, a checkpoint.</summary>
internal static class ProofLines
{
    /// <summary>Most hashes of a proof: one a level of a tree of 2^63 leaves.</summary>
    public const int MaxHashes = 63;

    /// <summary>The lines before the first empty one, and the note after it; null if there is no such line or no note.</summary>
    public static (string[] Head, SignedNote Checkpoint)? Split(string text)
    {
        var separator = text.IndexOf("\n\n", StringComparison.Ordinal);
        return separator > 0 && SignedNote.TryParse(text[(separator + 2)..], out var checkpoint)
            ? (text[..separator].Split('\n'), checkpoint)
            : null;
    }

    /// <summary>Reads lines that each hold one hash in base64; null if one does not, or there are more than 63.</summary>
    public static MerkleHash[]? ParseHashes(ReadOnlySpan<string> lines)
    {
        if (lines.Length > MaxHashes)
        {
            return null;
        }

        var hashes = new MerkleHash[lines.Length];
        for (var i = 0; i < lines.Length; i++)
        {
            if (NoteText.DecodeHash(lines[i]) is not { } hash)
            {
                return null;
            }

            hashes[i] = hash;
        }

        return hashes;
    }

    /// <summary>The number after a keyword and a space; null if the line is not such.</summary>
    public static long? ParseNumber(string line, string keyword) =>
        line.StartsWith(keyword, StringComparison.Ordinal) ? NoteText.DecodeDecimal(line[keyword.Length..]) : null;

    /// <summary>The form that <see cref="Split"/> takes apart.</summary>
    public static string Format(string head, IEnumerable<MerkleHash> hashes, SignedNote checkpoint) =>
        $"{head}\n{string.Concat(hashes.Select(hash => NoteText.Encode(hash) + "\n"))}\n{checkpoint}";
}
