using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Certificates;

/// <summary>The statement that a certificate is, before it is signed.</summary>
public static class CertificateStatement
{
    /// <summary>Most bytes of the payload: so that a certificate file keeps its own limit.</summary>
    public const int MaxPayloadBytes = 16_384;

    /// <summary>Makes the statement; its subject is the artifact.</summary>
    /// <exception cref="ArgumentException">The figures do not fit together; the message says which.</exception>
    public static Statement Create(PrivacyCertificatePredicate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (CertificateRules.Broken(certificate).FirstOrDefault() is { } broken)
        {
            throw new ArgumentException(broken, nameof(certificate));
        }

        var statement = Made(certificate, certificate.Artifact.Id, certificate.Artifact.Sha256);
        return statement.Payload.Length <= MaxPayloadBytes
            ? statement
            : throw new ArgumentException($"It has more than {MaxPayloadBytes} bytes.", nameof(certificate));
    }

    /// <summary>The certificate; null for anything that <see cref="Create"/> would not have written byte for byte.</summary>
    /// <remarks>
    /// Other statements ignore members that they do not know. Here such a member could take back what the others say, so it is refused.
    /// </remarks>
    public static PrivacyCertificatePredicate? TryRead(Statement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return
            Read(statement) is { } certificate
            && IsAbout(certificate, statement)
            && !CertificateRules.Broken(certificate).Any()
            ? certificate
            : null;
    }

    /// <summary>The members as they are typed, in the one spelling: nothing yet says that they fit together.</summary>
    internal static PrivacyCertificatePredicate? Read(Statement statement) =>
        statement.Payload.Length <= MaxPayloadBytes
        && statement.TryRead(PredicateTypes.PrivacyCertificate, out var certificate)
        && Made(certificate, statement.SubjectName, statement.Subject)
            .Payload.Span.SequenceEqual(statement.Payload.Span)
            ? certificate
            : null;

    internal static bool IsAbout(PrivacyCertificatePredicate certificate, Statement statement) =>
        statement.Subject == certificate.Artifact.Sha256 && statement.SubjectName == certificate.Artifact.Id;

    private static Statement Made(PrivacyCertificatePredicate certificate, string name, MerkleHash subject) =>
        Statement.Create(name, subject, PredicateTypes.PrivacyCertificate, certificate);
}
