using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Cli.Verify;
using Lace.Evidence.Audit;
using Lace.Evidence.Verification;

namespace Lace.Cli.Audit;

/// <summary>The first fault of a chain.</summary>
internal sealed record AuditFaultAt(string Id, long Line);

/// <summary>What <c>lace audit verify</c> prints.</summary>
/// <param name="Outcome"><c>passed</c>, <c>failed</c> or <c>not_checked</c>.</param>
/// <param name="Head">As the option <c>--head</c> takes it.</param>
internal sealed record AuditResult(
    string Outcome,
    long Entries,
    string? Chain,
    string Head,
    DateTimeOffset? LastAt,
    AuditFaultAt? Fault,
    IReadOnlyList<Check> Checks
)
{
    private const int NameWidth = 38;

    public static AuditResult Of(AuditFindings findings)
    {
        var chain = findings.Chain;
        return new AuditResult(
            findings.Failed ? "failed"
                : findings.Unchecked ? "not_checked"
                : "passed",
            chain.Entries,
            chain.Chain is { } id ? "sha256:" + id : null,
            $"{chain.Entries}:sha256:{chain.Head}",
            chain.LastAt,
            chain.Holds ? null : new AuditFaultAt(chain.Fault.Id(), chain.Line),
            findings.Checks
        );
    }

    public void WriteJson(TextWriter output) =>
        output.WriteLine(JsonSerializer.Serialize(this, AuditResultJson.Default.AuditResult));

    public void WriteText(TextWriter output)
    {
        output.WriteLine($"{Outcome.Replace('_', ' ').ToUpperInvariant()}: {Entries} entries");
        foreach (var check in Checks)
        {
            output.WriteLine(
                $"  {CheckMark.Of(check.Status, onTerminal: false)} {check.Name.PadRight(NameWidth)}{check.Detail}"
            );
        }

        output.WriteLine($"chain {Chain ?? "none"}, last entry {LastAt?.ToString("u") ?? "none"}");
        output.WriteLine($"head {Head}");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AuditResult))]
internal sealed partial class AuditResultJson : JsonSerializerContext;
