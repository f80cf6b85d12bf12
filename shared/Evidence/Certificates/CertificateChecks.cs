using Lace.Evidence.Bundles;

namespace Lace.Evidence.Certificates;

/// <summary>What the verifier of a certificate looks at, in the order in which it is listed.</summary>
/// <remarks><c>lace verify --offline --explain</c> prints it, and docs/formats/dp-certificate.md repeats it.</remarks>
public static class CertificateChecks
{
    /// <summary>The kind of the statement, as its predicate type begins.</summary>
    public const string Kind = "dp-certificate";

    public const string Format = "certificate.format";
    public const string Subject = "certificate.subject";
    public const string Figures = "certificate.figures";
    public const string Steps = "certificate.steps";
    public const string Delta = "privacy.delta";
    public const string Rdp = "privacy.epsilon_rdp";
    public const string Pld = "privacy.epsilon_pld";
    public const string Target = "privacy.target";
    public const string Sampling = "privacy.sampling";
    public const string Artifact = "artifact.content";

    private static readonly string[] OfEveryFile = [BundleChecks.Checkpoint, BundleChecks.Witnesses];

    /// <summary>Id and meaning of each check; those of statement and log are the ones of a bundle.</summary>
    public static IReadOnlyList<(string Id, string Meaning)> Table { get; } =
    [
        (Format, "the file is a certificate of this format, canonical base64, within its limits"),
        .. BundleChecks.OfKind(Kind),
        .. BundleChecks.Table.Where(row => OfEveryFile.Contains(row.Id)),
        (Subject, "the subject is the artifact that the certificate names, by its digest"),
        (
            Figures,
            "each figure is a possible one, each word one of the format, and the list of what is not covered is the whole one"
        ),
        (Steps, "the steps of the phases add up to the stated steps"),
        (Delta, "δ is below one over the number of records"),
        (Rdp, "the stated ε by RDP is not below the one computed here from the phases"),
        (Pld, "the stated ε by PLD is not below the one computed here from the phases"),
        (Target, "the ε computed here by the target's accountant keeps to the stated target"),
        (Sampling, "the worker drew the batches itself; not_checked where the caller declares how they were drawn"),
        (Artifact, "the artifact at hand has the certified content"),
    ];
}
