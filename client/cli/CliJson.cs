using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Lace.Cli.Admin;
using Lace.Cli.Attest;
using Lace.Cli.Bundle;
using Lace.Cli.Exclusion;
using Lace.Cli.Phrases;
using Lace.Cli.Policy;
using Lace.Cli.RecordAudits;
using Lace.Cli.Report;
using Lace.Cli.Train;
using Lace.Privacy.Planning;

namespace Lace.Cli;

/// <summary>An RFC 9457 problem, as far as the command line uses it.</summary>
internal sealed record Problem(string? Code, string? Title, string? Detail);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(AttestationRequest))]
[JsonSerializable(typeof(AttestationCreated))]
[JsonSerializable(typeof(AttestationProgress))]
[JsonSerializable(typeof(CompletionRequest))]
[JsonSerializable(typeof(AttestState))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(CurrentAttestation))]
[JsonSerializable(typeof(AttestResult))]
[JsonSerializable(typeof(DryRunResult))]
[JsonSerializable(typeof(ShardsPlanned))]
[JsonSerializable(typeof(CheckDryRun))]
[JsonSerializable(typeof(CheckResult))]
[JsonSerializable(typeof(FilterDownloaded))]
[JsonSerializable(typeof(ExclusionQuestion))]
[JsonSerializable(typeof(ExclusionAnswer))]
[JsonSerializable(typeof(BundleWritten))]
[JsonSerializable(typeof(PhrasesMade))]
[JsonSerializable(typeof(PolicySummary))]
[JsonSerializable(typeof(BudgetAnswer))]
[JsonSerializable(typeof(RecordAuditMade))]
[JsonSerializable(typeof(ReportRequest))]
[JsonSerializable(typeof(ReportMade))]
[JsonSerializable(typeof(ReportWritten))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(TrainingClientAnswer))]
[JsonSerializable(typeof(PrivacySpent))]
[JsonSerializable(typeof(FutureAnswer))]
[JsonSerializable(typeof(CreatedRun))]
[JsonSerializable(typeof(AttestationAnswer))]
[JsonSerializable(typeof(TrainEvent))]
[JsonSerializable(typeof(StateSaved))]
[JsonSerializable(typeof(NewTenant))]
[JsonSerializable(typeof(NewPlan))]
[JsonSerializable(typeof(NewKey))]
[JsonSerializable(typeof(Nothing))]
[JsonSerializable(typeof(AdminTenants))]
[JsonSerializable(typeof(AdminKeys))]
[JsonSerializable(typeof(AdminKeyMade))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>For files and output that people read.</summary>
    public static CliJson Indented => LazyIndented.Value;

    private static readonly Lazy<CliJson> LazyIndented = new(() =>
        new CliJson(new JsonSerializerOptions(new CliJson().GeneratedSerializerOptions!) { WriteIndented = true })
    );
}
