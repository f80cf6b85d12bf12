using System.Text.Json.Serialization;
using Lace.Evidence.Bundles;
using Lace.Evidence.Verification;

namespace Lace.Evidence.RecordAudits;

/// <summary>What came of an audit of records: what <c>lace audit-records --verify</c> prints.</summary>
/// <param name="AttestationId">Null where the file is no audit.</param>
/// <param name="Records">Of the dataset.</param>
/// <param name="Opened">Of them how many were opened.</param>
/// <param name="Fingerprinted">Of those how many have a fingerprint: only they can show that something was left out.</param>
/// <param name="Fingerprints">How many were looked for in the filter.</param>
/// <param name="Confidence">Empty where <paramref name="Outcome"/> is failed.</param>
public sealed record RecordAuditFindings(
    string? AttestationId,
    BundleOutcome Outcome,
    long Records,
    int Opened,
    int Fingerprinted,
    long Fingerprints,
    IReadOnlyList<AuditConfidence> Confidence,
    IReadOnlyList<string> DoesNotShow,
    IReadOnlyList<Check> Checks
);

/// <summary>How likely the sample would have met what is not in the filter.</summary>
/// <param name="Omitted">Share of the records with a fingerprint that were left out of the filter.</param>
/// <param name="Noticed">At least the probability that one of them is in the sample and not found.</param>
public sealed record AuditConfidence(double Omitted, double Noticed)
{
    private static readonly double[] Shares = [0.001, 0.01, 0.05, 0.1];

    /// <summary>Where this is the probability, the share is stated beside the fixed ones.</summary>
    private const double Level = 0.95;

    /// <param name="fingerprinted">Records in the sample that have a fingerprint.</param>
    /// <param name="rate">False positives of the filter: how likely a record that was left out is found all the same, at most.</param>
    public static IReadOnlyList<AuditConfidence> Of(int fingerprinted, double rate)
    {
        if (fingerprinted == 0)
        {
            return [];
        }

        // A draw without repeats meets one at least as likely as one with: 1 - (1 - f)^n, of which the filter hides the share of chance.
        var atLevel = (1 - Math.Pow(1 - Level, 1.0 / fingerprinted)) / (1 - rate);
        return
        [
            .. Shares
                .Select(share => new AuditConfidence(share, 1 - Math.Pow(1 - (share * (1 - rate)), fingerprinted)))
                .Append(new AuditConfidence(Math.Min(1, atLevel), Level))
                .Where(one => one.Omitted < 1)
                .OrderBy(one => one.Omitted),
        ];
    }
}

/// <summary>What the auditor asked for, as far as he says it.</summary>
/// <param name="Checkpoint">The note he named; null: the owner chose one.</param>
/// <param name="Records">How many he asked for; null: the owner chose.</param>
public sealed record AuditRequest(string? Checkpoint = null, int? Records = null);

/// <summary>Reads and writes <see cref="RecordAuditFindings"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(RecordAuditFindings))]
public sealed partial class RecordAuditFindingsJson : JsonSerializerContext;
