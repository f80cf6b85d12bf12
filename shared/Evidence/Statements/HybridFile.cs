using System.Security.Cryptography;
using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>A <c>.hyb</c> file: the composite signature of a statement, beside its Sigstore bundle (docs/formats/statements.md).</summary>
/// <param name="PayloadSha256">Of the DSSE payload: finds the statement, and says nothing that the signature does not.</param>
/// <param name="Signature">Over the PAE; of the composite's length, not checked.</param>
public sealed record HybridFile(string KeyId, MerkleHash PayloadSha256, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Most bytes of a file.</summary>
    public const int MaxBytes = 8192;

    private const string Format = "lace-hyb/1";

    public static HybridFile Of(SignedStatement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        var payload = new MerkleHash(SHA256.HashData(statement.Payload.Span));
        return new HybridFile(statement.Hybrid.KeyId, payload, statement.Hybrid.Signature);
    }

    /// <summary>Reads a file; null for anything but the one spelling that is written.</summary>
    public static HybridFile? TryParse(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            return null;
        }

        try
        {
            var document = JsonSerializer.Deserialize(json, StatementJson.Default.HybridDocument);
            return
                document is { Format: Format, KeyId: { } keyId, Signature: { } signature }
                && new HybridFile(keyId, document.PayloadSha256, signature) is var file
                && json.SequenceEqual(file.ToJson())
                ? file
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The file's bytes, in JCS form.</summary>
    public byte[] ToJson() =>
        CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(
                new HybridDocument(Format, KeyId, PayloadSha256, Signature.ToArray()),
                StatementJson.Default.HybridDocument
            )
        );
}

internal sealed record HybridDocument(string? Format, string? KeyId, MerkleHash PayloadSha256, byte[]? Signature);
