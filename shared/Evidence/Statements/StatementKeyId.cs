using System.Security.Cryptography;

namespace Lace.Evidence.Statements;

/// <summary>How a key is named. A name only finds a key: trust comes from the verifier's policy.</summary>
public static class StatementKeyId
{
    /// <summary>Base64 of the SHA-256 of the encoded public key: SPKI DER for P-256, 1,984 bytes for the composite.</summary>
    public static string Of(ReadOnlySpan<byte> publicKey) => Convert.ToBase64String(SHA256.HashData(publicKey));
}
