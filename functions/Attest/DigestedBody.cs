using System.Security.Cryptography;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;

namespace Lace.Functions.Attest;

/// <summary>A body of bytes with its digest (RFC 9530).</summary>
internal static class DigestedBody
{
    private const string MediaType = "application/octet-stream";

    /// <summary>The bytes with their SHA-256 in hex, or why they are refused.</summary>
    public static async Task<(ReadOnlyMemory<byte> Bytes, string Sha256, Problem? Refusal)> ReadAsync(
        HttpRequest request,
        string? contentDigest,
        int maxBytes,
        CancellationToken cancellationToken
    )
    {
        if (request.ContentType != MediaType)
        {
            return Refuse(
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported_media_type",
                $"A chunk is sent as {MediaType}."
            );
        }

        if (!ContentDigest.TryParse(contentDigest, out var digest))
        {
            return Refuse(
                StatusCodes.Status400BadRequest,
                "digest_missing",
                "Send 'Content-Digest: sha-256=:<base64 of the SHA-256 of the body>:' (RFC 9530)."
            );
        }

        var bytes = await request.ReadBodyAsync(maxBytes, cancellationToken);
        return SHA256.HashData(bytes.Span).AsSpan().SequenceEqual(digest)
            ? (bytes, Convert.ToHexStringLower(digest), null)
            : Refuse(
                StatusCodes.Status400BadRequest,
                "digest_mismatch",
                "The body is not the one that Content-Digest was computed of: it was damaged on the way. Send it again."
            );
    }

    private static (ReadOnlyMemory<byte> Bytes, string Sha256, Problem? Refusal) Refuse(
        int status,
        string code,
        string detail
    ) => (default, "", new Problem(status, code, detail));
}
