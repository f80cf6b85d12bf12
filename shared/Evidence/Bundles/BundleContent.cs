using Lace.Evidence.Certificates;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Bundles;

/// <summary>Statements and the checkpoint to which their proofs lead, read once; what cannot be read is null.</summary>
internal record LoggedContent(IReadOnlyList<StatementContent> Statements, SignedNote? Note, Checkpoint? Checkpoint)
{
    public static LoggedContent Of(string checkpoint, IReadOnlyList<StatementContent> statements)
    {
        var note = SignedNote.TryParse(checkpoint, out var signed) ? signed : null;
        return new LoggedContent(statements, note, Checkpoint.TryParse(note?.Text, out var read) ? read : null);
    }
}

/// <summary>A bundle with its statements read once; what cannot be read is null, and the check of its format says so.</summary>
internal sealed record BundleContent(EvidenceBundle Bundle, LoggedContent Logged) : LoggedContent(Logged)
{
    public DatasetPredicate? Dataset => Statements[0].Predicate as DatasetPredicate;

    public RunStartPredicate? RunStart => Statements[1].Predicate as RunStartPredicate;

    public RunEndPredicate? RunEnd => Statements[2].Predicate as RunEndPredicate;

    public VerificationPredicate? Verification => Statements[3].Predicate as VerificationPredicate;

    public IEnumerable<StatementContent> Reports => Statements.Skip(EvidenceBundle.RunStatements);

    public static BundleContent Of(EvidenceBundle bundle) =>
        new(
            bundle,
            LoggedContent.Of(
                bundle.Checkpoint,
                [
                    .. bundle.Statements.Select(
                        (bundled, place) => StatementContent.Of(bundled, BundleChecks.Kinds[place])
                    ),
                ]
            )
        );
}

/// <summary>One statement of a file.</summary>
/// <param name="Kind">One of <see cref="BundleChecks.Kinds"/>, or <see cref="CertificateChecks.Kind"/>.</param>
/// <param name="Statement">Null where the payload is none.</param>
/// <param name="Predicate">Null where it is not of the type that the place in the bundle asks for.</param>
/// <param name="At">When it was made, by its own word.</param>
internal sealed record StatementContent(
    string Kind,
    BundledStatement Bundled,
    Statement? Statement,
    StatementError Error,
    object? Predicate,
    DateTimeOffset? At
)
{
    public static StatementContent Of(BundledStatement bundled, string kind)
    {
        var error = Statement.TryParse(bundled.Signed.Payload, out var statement);
        var (predicate, at) = statement is null ? default : Read(statement, kind);
        return new StatementContent(kind, bundled, statement, error, predicate, at);
    }

    private static (object? Predicate, DateTimeOffset? At) Read(Statement statement, string kind) =>
        kind switch
        {
            "dataset" => statement.TryRead(PredicateTypes.Dataset, out var dataset)
                ? (dataset, dataset.CompletedAt)
                : default,
            "run-start" => statement.TryRead(PredicateTypes.RunStart, out var start)
                ? (start, start.CreatedAt)
                : default,
            "run-end" => statement.TryRead(PredicateTypes.RunEnd, out var end) ? (end, Ended(end)) : default,
            "verification" => statement.TryRead(PredicateTypes.Verification, out var verification)
                ? (verification, verification.TimeVerified)
                : default,
            CertificateChecks.Kind => CertificateStatement.Read(statement) is { } certificate
                ? (certificate, certificate.IssuedAt)
                : default,
            _ => statement.TryRead(PredicateTypes.Report, out var report) ? (report, report.CreatedAt) : default,
        };

    private static DateTimeOffset? Ended(RunEndPredicate end) =>
        end.ClosedAt is { } closed && end.LastReceivedAt is { } received
            ? (closed > received ? closed : received)
            : end.ClosedAt ?? end.LastReceivedAt;
}
