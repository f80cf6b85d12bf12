namespace Lace.Evidence.Transparency.Notes;

/// <summary>Whether a note is signed by somebody known.</summary>
public enum NoteVerdict
{
    /// <summary>At least one line of a known key, and all such lines good.</summary>
    Verified,

    /// <summary>A line names a known key and is no signature of it over this text.</summary>
    BadSignature,

    /// <summary>No line names a known key.</summary>
    NoKnownSignature,
}

/// <summary>A line that verified.</summary>
/// <param name="Key">The known key.</param>
/// <param name="Line">The line itself.</param>
/// <param name="UnixSeconds">Time inside a cosignature; 0 where it states none.</param>
public sealed record VerifiedSignature(VerifierKey Key, NoteSignature Line, long UnixSeconds);

/// <summary>Outcome of <see cref="SignedNote.Verify"/>.</summary>
/// <param name="Verdict">Whether to believe the text.</param>
/// <param name="Signatures">The good lines of known keys; none unless verified.</param>
public sealed record NoteVerification(NoteVerdict Verdict, IReadOnlyList<VerifiedSignature> Signatures)
{
    /// <summary>Whether the note is verified and this key is among those who signed.</summary>
    public bool IsSignedBy(VerifierKey key) => Signatures.Any(signature => signature.Key.Equals(key));
}
