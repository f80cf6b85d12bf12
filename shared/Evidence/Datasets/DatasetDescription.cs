using System.Text.Json.Serialization;

namespace Lace.Evidence.Datasets;

/// <summary>What kind of dataset an attestation is about: the part of the statement that is known before it is read (protocol §4).</summary>
/// <param name="Sources">How many files.</param>
public sealed record DatasetDescription(DatasetFormat Format, DatasetPart Part, int Sources);

/// <summary>What a record of a file is (protocol §1).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DatasetFormat>))]
public enum DatasetFormat
{
    [JsonStringEnumMemberName("jsonl")]
    JsonLines,

    [JsonStringEnumMemberName("json")]
    Json,

    [JsonStringEnumMemberName("csv")]
    Csv,

    [JsonStringEnumMemberName("tsv")]
    Tsv,

    [JsonStringEnumMemberName("text")]
    Text,

    [JsonStringEnumMemberName("file")]
    File,

    /// <summary>Sources of several formats; never the format of one source.</summary>
    [JsonStringEnumMemberName("mixed")]
    Mixed,
}

/// <summary>The part of each record that is trained on, which the features cover (protocol §1).</summary>
/// <param name="Field">Path of the member, <c>a.b</c> for nested ones; null where the whole record is meant.</param>
/// <param name="MaxBytes">Only the first so many bytes of it; null for all.</param>
public sealed record DatasetPart(DatasetPartKind Kind, string? Field = null, long? MaxBytes = null)
{
    public static readonly DatasetPart Whole = new(DatasetPartKind.Whole);

    [JsonIgnore]
    public bool IsValid =>
        Enum.IsDefined(Kind)
        && (
            Kind == DatasetPartKind.Whole
                ? Field is null
                : Field is { Length: > 0 and <= 200 } && !Field.Any(char.IsControl)
        )
        && MaxBytes is null or >= 1 and < DatasetEntry.ValueLimit;
}

[JsonConverter(typeof(JsonStringEnumConverter<DatasetPartKind>))]
public enum DatasetPartKind
{
    [JsonStringEnumMemberName("whole")]
    Whole,

    [JsonStringEnumMemberName("field")]
    Field,

    /// <summary>As <see cref="Field"/>, and the loss was masked to it.</summary>
    [JsonStringEnumMemberName("response")]
    Response,
}
