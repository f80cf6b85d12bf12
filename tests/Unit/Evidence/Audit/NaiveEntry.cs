using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lace.Tests.Evidence.Audit;

/// <summary>One line as a document.</summary>
internal sealed partial class NaiveEntry(JsonElement entry)
{
    private static readonly string[] Members =
    [
        "artifact_ids_consumed",
        "artifact_ids_produced",
        "chain",
        "completed_at",
        "dp_metrics",
        "duration_ms",
        "entry_id",
        "error_code",
        "error_message",
        "object_id",
        "operation",
        "phase",
        "prev_hash",
        "record_hash",
        "request_hash",
        "request_size_bytes",
        "sequence",
        "started_at",
        "success",
        "v",
    ];

    private static readonly string[] Operations =
    [
        "attestation.create",
        "attestation.complete",
        "attestation.revoke",
        "run.create",
        "run.losses",
        "run.close",
        "run.verify",
        "report.create",
        "key.create",
        "key.revoke",
        "training_client.create",
        "training_client.delete",
        "forward_backward",
        "forward",
        "optim_step",
        "train_step",
        "sample",
        "save_state",
        "load_state",
        "artifact.read",
        "operation.cancel",
        "exclusion.check",
        "tenant.create",
        "tenant.set_plan",
        "tenant.suspend",
        "tenant.resume",
        "tenant.delete",
    ];

    public string? Text(string member) =>
        entry.GetProperty(member) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public long Number(string member) => entry.GetProperty(member).GetInt64();

    public DateTimeOffset WrittenAt => Time("completed_at") ?? Time("started_at")!.Value;

    public bool IsEntry() =>
        entry.EnumerateObject().Select(member => member.Name).SequenceEqual(Members)
        && entry.GetProperty("v").GetRawText() == "1"
        && new[] { "chain", "prev_hash", "record_hash", "request_hash" }.All(member =>
            HashText().IsMatch(Text(member) ?? "")
        )
        && IsCount("sequence")
        && IsCount("request_size_bytes")
        && EntryId().IsMatch(Text("entry_id") ?? "")
        && Operations.Contains(Text("operation"))
        && Text("phase") is "accepted" or "completed" or "failed"
        && IsId(entry.GetProperty("object_id"))
        && AreIds("artifact_ids_produced")
        && AreIds("artifact_ids_consumed")
        && Time("started_at") is not null
        && (Text("phase") == "accepted" ? IsNull("completed_at") && IsNull("duration_ms") : HasDuration())
        && (Text("phase") == "failed" ? TellsWhy() : Succeeded())
        && (IsNull("dp_metrics") || IsShort("dp_metrics", JsonValueKind.Object));

    private bool HasDuration() =>
        Time("completed_at") is { } end
        && IsCount("duration_ms")
        && Number("duration_ms") == (end - Time("started_at")!.Value).TotalMilliseconds;

    private bool TellsWhy() =>
        entry.GetProperty("success").ValueKind == JsonValueKind.False
        && IsId(entry.GetProperty("error_code"))
        && (IsNull("error_message") || IsShort("error_message", JsonValueKind.String));

    private bool Succeeded() =>
        entry.GetProperty("success").ValueKind == JsonValueKind.True && IsNull("error_code") && IsNull("error_message");

    private bool IsNull(string member) => entry.GetProperty(member).ValueKind == JsonValueKind.Null;

    private bool IsShort(string member, JsonValueKind kind) =>
        entry.GetProperty(member).ValueKind == kind
        && Encoding.UTF8.GetByteCount(entry.GetProperty(member).GetRawText()) <= 8192;

    private bool IsCount(string member) =>
        entry.GetProperty(member) is { ValueKind: JsonValueKind.Number } number
        && number.TryGetInt64(out var value)
        && value is >= 0 and < 1L << 53;

    private static bool IsId(JsonElement id) =>
        id.ValueKind == JsonValueKind.String && IdText().IsMatch(id.GetString()!);

    private bool AreIds(string member)
    {
        var list = entry.GetProperty(member);
        return list.ValueKind == JsonValueKind.Array
            && list.GetArrayLength() <= 100
            && list.EnumerateArray().All(IsId)
            && list.EnumerateArray()
                .Select(id => id.GetString()!)
                .SequenceEqual(
                    list.EnumerateArray()
                        .Select(id => id.GetString()!)
                        .Distinct(StringComparer.Ordinal)
                        .Order(StringComparer.Ordinal)
                );
    }

    private DateTimeOffset? Time(string member) =>
        DateTimeOffset.TryParseExact(
            Text(member),
            "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time
        )
            ? time
            : null;

    [GeneratedRegex("^sha256:[0-9a-f]{64}\\z", RegexOptions.None, 1000)]
    private static partial Regex HashText();

    [GeneratedRegex("^audit-[0-9a-z]{26}\\z", RegexOptions.None, 1000)]
    private static partial Regex EntryId();

    [GeneratedRegex("^[A-Za-z0-9_.:#/-]{1,128}\\z", RegexOptions.None, 1000)]
    private static partial Regex IdText();
}
