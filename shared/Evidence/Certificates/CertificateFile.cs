using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Certificates;

/// <summary>A <c>.certificate.json</c> file: the certificate's statement, its two signatures, and proofs of both to a checkpoint.</summary>
/// <remarks>A value is well-formed and within its limits; nothing in it is checked: see <see cref="CertificateVerification"/>.</remarks>
/// <param name="Checkpoint">The signed note to which both proofs lead.</param>
public sealed record CertificateFile(BundledStatement Statement, string Checkpoint)
{
    /// <summary>What the file calls itself.</summary>
    public const string Format = "lace-certificate/1";

    /// <summary>Most bytes of a file.</summary>
    public const int MaxBytes = 49_152;

    /// <summary>Whether a file calls itself a certificate; nothing else of it is looked at.</summary>
    public static bool IsNamedIn(ReadOnlyMemory<byte> json) =>
        json.Length <= MaxBytes && JsonMembers.Parse(json)?.MemberText("format") == Format;

    /// <summary>Reads a file; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    public static CertificateFile? Parse(ReadOnlySpan<byte> json, out string? reason) =>
        StrictFile.Read(json, MaxBytes, BundleJson.Default.CertificateDocument, Of, out reason);

    private static CertificateFile Of(CertificateDocument file)
    {
        Require(file.Format == Format, $"its format is not {Format}");
        return new CertificateFile(BundleReader.Statement(file.Statement), file.Checkpoint);
    }

    /// <summary>The file in UTF-8, in JCS form: one spelling for each certificate.</summary>
    public byte[] Write() =>
        CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(
                new CertificateDocument(Format, BundleReader.Part(Statement), Checkpoint),
                BundleJson.Default.CertificateDocument
            )
        );

    /// <summary>The certificate, for whoever computes something from it before it is checked; null where it cannot be read.</summary>
    public PrivacyCertificatePredicate? Read() =>
        Statements.Statement.TryParse(Statement.Signed.Payload, out var statement) == StatementError.None
            ? CertificateStatement.Read(statement!)
            : null;
}

internal sealed record CertificateDocument(string Format, StatementPart Statement, string Checkpoint);
