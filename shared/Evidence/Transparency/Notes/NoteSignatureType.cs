namespace Lace.Evidence.Transparency.Notes;

/// <summary>How a line of a note is signed: the type byte of C2SP signed-note, in a key's id and in its text form.</summary>
public enum NoteSignatureType : byte
{
    /// <summary>Ed25519 over the note's text. Public key: 32 bytes.</summary>
    Ed25519 = 0x01,

    /// <summary>ECDSA with SHA-256 over the note's text, in DER. Public key: SubjectPublicKeyInfo of P-256, P-384 or P-521.</summary>
    Ecdsa = 0x02,

    /// <summary>A witness's Ed25519 over a time and the note's text (C2SP tlog-cosignature, <c>cosignature/v1</c>). Public key: 32 bytes.</summary>
    Ed25519Cosignature = 0x04,

    /// <summary>ML-DSA-44 over name, time and tree head (C2SP tlog-cosignature, <c>subtree/v1</c>); extension lines are not covered. Public key: 1,312 bytes.</summary>
    MlDsa44Cosignature = 0x06,
}
