using System.Security.Cryptography;

namespace Lace.Functions.Attest;

/// <summary>The <c>Content-Digest</c> header of RFC 9530, with SHA-256 alone.</summary>
internal static class ContentDigest
{
    private const string Prefix = "sha-256=:";

    /// <summary>Reads <c>sha-256=:base64:</c>; false for anything else, other algorithms beside it too.</summary>
    public static bool TryParse(string? header, out byte[] digest)
    {
        digest = new byte[SHA256.HashSizeInBytes];
        return header is { Length: 54 }
            && header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            && header[^1] == ':'
            && Convert.TryFromBase64String(header[Prefix.Length..^1], digest, out var length)
            && length == digest.Length;
    }
}
