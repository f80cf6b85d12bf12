using System.Text.Json;
using Lace.Cryptography.Json;

namespace Lace.Evidence.Statements.Sigstore;

/// <summary>The logs that a verifier trusts, read from Sigstore's <c>TrustedRoot</c> v0.1 or v0.2. Certificate authorities are not read.</summary>
/// <param name="Logs">Those that can be used: with SHA-256, a start of validity, and a key of a known kind.</param>
public sealed record TrustedRoot(IReadOnlyList<TrustedLog> Logs)
{
    /// <summary>Most bytes of the file.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const string MediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";

    private static readonly string[] MediaTypes =
    [
        MediaType,
        "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
        "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    ];

    /// <summary>Reads a trusted root; null where the bytes are not one.</summary>
    public static TrustedRoot? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return
                json.Length <= MaxBytes
                && JsonSerializer.Deserialize(json, SigstoreJson.Default.TrustedRootDocument) is { } document
                && MediaTypes.Contains(document.MediaType)
                ? new TrustedRoot([.. (document.Tlogs ?? []).Select(TrustedLog.Of).OfType<TrustedLog>()])
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The trusted root as v0.1, in JCS form, with logs only.</summary>
    public byte[] ToJson() =>
        CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(
                new TrustedRootDocument(MediaType, [.. Logs.Select(log => log.ToDocument())], [], [], []),
                SigstoreJson.Default.TrustedRootDocument
            )
        );
}
