using Lace.Platform;

namespace Lace.Records.Notary;

/// <summary>The kinds of statements, as their predicate types end.</summary>
internal static class StatementKinds
{
    public const string Dataset = "dataset";
    public const string RunStart = "run-start";
    public const string RunEnd = "run-end";
    public const string Verification = "verification";
    public const string Report = "report";
    public const string AuditHead = "audit-head";
    public const string PrivacyCertificate = "dp-certificate";
}

/// <summary>Where a statement is kept: by what it is about, by its kind and, where there may be several, by which of them it is.</summary>
/// <param name="About">Id of the attestation or run; a report is about a run.</param>
/// <param name="Which">Orders statements of one kind: the greatest is the newest.</param>
internal sealed record StatementPlace(TenantId Tenant, string About, string Kind, string Which = "")
{
    public ItemKey Key => new(Tenant, Partition(About), Prefix(Kind) + Which);

    public static string Partition(string about) => "STATEMENT#" + about;

    public static string Prefix(string kind) => kind + "#";
}
