namespace Lace.Evidence.Bundles;

/// <summary>What the verifier looks at, in the order in which it is listed: the one table of ids and their meanings.</summary>
/// <remarks><c>lace verify --offline --explain</c> prints it, and docs/formats/bundle.md repeats it.</remarks>
public static class BundleChecks
{
    public const string Format = "bundle.format";
    public const string Checkpoint = "log.checkpoint";
    public const string Witnesses = "log.witnesses";
    public const string Order = "log.order";
    public const string Subjects = "binding.subjects";
    public const string Ids = "binding.ids";
    public const string Signed = "verification.signed";
    public const string RunLogDigest = "run_log.digest";
    public const string RunLogChain = "run_log.chain";
    public const string RunLogFacts = "run_log.facts";
    public const string RunLogCommitment = "run_log.commitment";
    public const string Recomputed = "recompute.verification";
    public const string DatasetRoot = "dataset.root";

    /// <summary>Parts of <c>statement.KIND.PART</c>.</summary>
    public const string StatementFormat = "format";
    public const string P256 = "p256";
    public const string Hybrid = "hybrid";
    public const string P256Logged = "p256_logged";
    public const string HybridLogged = "hybrid_logged";

    private const string AnyKind = "<kind>";

    /// <summary>Id and meaning of each check; <c>&lt;kind&gt;</c> stands for one of <see cref="Kinds"/>.</summary>
    public static IReadOnlyList<(string Id, string Meaning)> Table { get; } =
    [
        (Format, "the file is a bundle of this format, canonical base64, within its limits"),
        (
            Statement(AnyKind, StatementFormat),
            "the payload is canonical, of the expected predicate type, and has that type's required members"
        ),
        (
            Statement(AnyKind, P256),
            "the ECDSA P-256 signature is by a key of the policy that was valid at the statement's time"
        ),
        (
            Statement(AnyKind, Hybrid),
            "the composite signature is by a key of the policy that was valid at the statement's time"
        ),
        (
            Statement(AnyKind, P256Logged),
            "the leaf rebuilt from the statement, its P-256 signature and the policy's key is included under the checkpoint"
        ),
        (
            Statement(AnyKind, HybridLogged),
            "the leaf rebuilt from the statement and its composite signature is included under the checkpoint"
        ),
        (
            Checkpoint,
            "the note is signed by the log of the policy with Ed25519, and with ML-DSA-44 where the policy names such a key"
        ),
        (Witnesses, "cosignatures reach the policy's quorum"),
        (
            Order,
            "the log has the dataset before the run's start, that before its end, that before the verification, and the checkpoint named at the start is an earlier state of this log that held the dataset"
        ),
        (Subjects, "the subject digests are what each predicate implies"),
        (Ids, "run, attestation, root, records, order, head, segments and points agree across the statements"),
        (Signed, "the level, the verdict and the checks that the verification states fit together by the rules"),
        (RunLogDigest, "the run-log file is the one that the bundle names"),
        (
            RunLogChain,
            "the file's segments are one chain from the run's origin to the signed head, received when the signed heads say"
        ),
        (RunLogFacts, "what the file says of attestation and run is what the statements say"),
        (RunLogCommitment, "the file's chunks give the attested root"),
        (
            Recomputed,
            "the verification computed from the run-log file is the signed one: verdict, level, statistic, checks"
        ),
        (DatasetRoot, "the root computed from the dataset with the owner's salt key is the attested one"),
    ];

    /// <summary>Kinds of the statements of a bundle in their order; the last four are there where reports were made.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    ["dataset", "run-start", "run-end", "verification", "report-1", "report-2", "report-3", "report-4"];

    /// <summary>The ids of a bundle of so many statements, in the order in which they are listed.</summary>
    public static IEnumerable<string> Expanded(int statements)
    {
        var parts = Table.Select(row => row.Id).Where(id => id.Contains(AnyKind, StringComparison.Ordinal)).ToArray();
        yield return Format;
        foreach (var kind in Kinds.Take(statements))
        {
            foreach (var part in parts)
            {
                yield return part.Replace(AnyKind, kind, StringComparison.Ordinal);
            }
        }

        foreach (var (id, _) in Table.Skip(1 + parts.Length))
        {
            yield return id;
        }
    }

    /// <summary>The checks of a statement of one kind, with their meanings.</summary>
    internal static IEnumerable<(string Id, string Meaning)> OfKind(string kind) =>
        Table
            .Where(row => row.Id.Contains(AnyKind, StringComparison.Ordinal))
            .Select(row => (row.Id.Replace(AnyKind, kind, StringComparison.Ordinal), row.Meaning));

    public static string Statement(string kind, string part) => $"statement.{kind}.{part}";
}
