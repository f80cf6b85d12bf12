using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Audit;

/// <summary>What came of holding a file of a chain against what is known of the chain from elsewhere.</summary>
/// <param name="Checks">With the stable ids of docs/formats/audit.md.</param>
/// <param name="Failed">Whether a check failed.</param>
/// <param name="Unchecked">Whether a check that the caller asked for could not be made.</param>
public sealed record AuditFindings(AuditVerification Chain, IReadOnlyList<Check> Checks, bool Failed, bool Unchecked);

/// <summary>Verifies a file of a chain, alone, against a head, or against a signed head in the log.</summary>
public static class AuditFileVerification
{
    public const string ChainCheck = "audit.chain";
    public const string HeadCheck = "audit.head";

    private const string Kind = "audit-head";

    private static readonly string[] P256Checks =
    [
        BundleChecks.Statement(Kind, BundleChecks.P256),
        BundleChecks.Statement(Kind, BundleChecks.P256Logged),
    ];

    private static readonly string[] HybridChecks =
    [
        BundleChecks.Statement(Kind, BundleChecks.Hybrid),
        BundleChecks.Statement(Kind, BundleChecks.HybridLogged),
    ];

    /// <summary>The chain alone, or against a head that the caller trusts.</summary>
    public static AuditFindings Verify(Stream file, AuditChainHead? head, CancellationToken cancellationToken = default)
    {
        var chain = AuditChainVerifier.Verify(file, head, cancellationToken: cancellationToken);
        var there = head is null
            ? Check.NotChecked(
                HeadCheck,
                "Whether entries were cut off at the end shows only against a head (--head, --bundle)."
            )
            : OfHead(chain, head, "the head given");
        return Findings(chain, [OfChain(chain), there], head is null ? [HeadCheck] : []);
    }

    /// <summary>The chain against a signed head; without a policy no key of it is trusted, and the answer is that this is not checked.</summary>
    public static AuditFindings Verify(
        Stream file,
        SignedAuditHead signed,
        LacePolicy? policy,
        CancellationToken cancellationToken = default
    )
    {
        var bundled = signed.Statement;
        var error = Statement.TryParse(bundled.Signed.Payload, out var statement);
        var predicate =
            statement is not null && statement.TryRead(PredicateTypes.AuditHead, out var read) ? read : null;
        var head = predicate is null ? null : new AuditChainHead(predicate.Entries, predicate.Head);
        var chain = AuditChainVerifier.Verify(file, head, cancellationToken: cancellationToken);
        var content = new StatementContent(Kind, bundled, statement, error, predicate, predicate?.At);
        Check[] checks =
        [
            OfChain(chain),
            predicate is null
                ? Check.NotChecked(HeadCheck, "The statement says no head.")
                : OfHead(chain, head!, $"the statement of {Words.Time(predicate.At)}", predicate),
            Check.Of(
                BundleChecks.Subjects,
                predicate is not null && statement!.Subject == predicate.Head,
                predicate is not null && statement!.Subject == predicate.Head
                    ? "The subject's digest is the head that the statement states."
                    : "The subject's digest is not the head that the statement states."
            ),
            .. Signed(content, signed.Checkpoint, policy),
        ];
        return Findings(chain, checks, Optional(policy));
    }

    private static Check OfChain(AuditVerification chain) =>
        chain.Fault is AuditFault.None or AuditFault.HeadMismatch or AuditFault.CutShort
            ? Check.Of(ChainCheck, true, $"{chain.Entries} entries follow one from another.")
            : Check.Of(ChainCheck, false, $"{chain.Fault.Id()} in line {chain.Line}.");

    private static Check OfHead(
        AuditVerification chain,
        AuditChainHead head,
        string source,
        AuditHeadPredicate? stated = null
    ) =>
        chain.Fault switch
        {
            AuditFault.CutShort => Check.Of(
                HeadCheck,
                false,
                $"cut_short: {source} is of {head.Entries} entries, the file has {chain.Entries}."
            ),
            AuditFault.HeadMismatch when head.Entries == 0 => Check.Of(
                HeadCheck,
                false,
                $"head_mismatch: {source} is of no entries, and has another hash than a chain has before its first."
            ),
            AuditFault.HeadMismatch => Check.Of(
                HeadCheck,
                false,
                $"head_mismatch: entry {head.Entries} of the file is another one than {source} has."
            ),
            AuditFault.None when stated is not null && chain.Chain is not null && stated.Chain != chain.Chain =>
                Check.Of(HeadCheck, false, $"wrong_chain: {source} is of another chain."),
            AuditFault.None => Check.Of(
                HeadCheck,
                true,
                $"The file has the {head.Entries} entries of {source}; {chain.Entries - head.Entries} came later."
            ),
            _ => Check.NotChecked(HeadCheck, "The file is no chain."),
        };

    /// <summary>The checks of a bundle's statements and checkpoint, on this one statement.</summary>
    private static IEnumerable<Check> Signed(StatementContent statement, string checkpoint, LacePolicy? policy)
    {
        var content = LoggedContent.Of(checkpoint, [statement]);
        return StatementChecks.Run(content, policy).Concat(LogChecks.Signers(content, policy));
    }

    private static IReadOnlyList<string> Optional(LacePolicy? policy) =>
        policy is null
            ? []
            :
            [
                .. policy.Require.Contains(StatementAlgorithm.P256) ? [] : P256Checks,
                .. policy.Require.Contains(StatementAlgorithm.Hybrid) ? [] : HybridChecks,
                .. policy.Witnesses.Quorum > 0 ? (string[])[] : [BundleChecks.Witnesses],
            ];

    private static AuditFindings Findings(
        AuditVerification chain,
        IReadOnlyList<Check> checks,
        IReadOnlyList<string> optional
    ) =>
        new(
            chain,
            checks,
            checks.Any(check => check.Status == CheckStatus.Failed),
            checks.Any(check => check.Status == CheckStatus.NotChecked && !optional.Contains(check.Name))
        );
}
