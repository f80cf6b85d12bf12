namespace Lace.Evidence.Statements;

/// <summary>A statement's payload with both signatures over its PAE, as stored and handed on; nothing in it is checked yet.</summary>
/// <param name="Payload">The canonical form of the statement.</param>
/// <param name="P256">ECDSA P-256 with SHA-256, DER.</param>
/// <param name="Hybrid">Composite ML-DSA-65 and Ed25519, 3,373 bytes.</param>
public sealed record SignedStatement(ReadOnlyMemory<byte> Payload, StatementSignature P256, StatementSignature Hybrid);

/// <param name="KeyId">As <see cref="StatementKeyId"/> has it; a hint, never trusted.</param>
public sealed record StatementSignature(string KeyId, ReadOnlyMemory<byte> Signature);
