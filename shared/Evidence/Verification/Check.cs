using System.Text.Json.Serialization;

namespace Lace.Evidence.Verification;

/// <summary>One thing that was looked at. What could not be looked at is <see cref="CheckStatus.NotChecked"/>, never passed.</summary>
/// <param name="Name">Stable name of protocol §8.</param>
/// <param name="Detail">What was found, in one plain sentence.</param>
public sealed record Check(string Name, CheckStatus Status, string Detail)
{
    [JsonIgnore]
    public bool Passed => Status == CheckStatus.Passed;

    internal static Check Of(string name, bool passed, string detail) =>
        new(name, passed ? CheckStatus.Passed : CheckStatus.Failed, detail);

    internal static Check NotChecked(string name, string why) => new(name, CheckStatus.NotChecked, why);
}

[JsonConverter(typeof(JsonStringEnumConverter<CheckStatus>))]
public enum CheckStatus
{
    [JsonStringEnumMemberName("not_checked")]
    NotChecked,

    [JsonStringEnumMemberName("failed")]
    Failed,

    [JsonStringEnumMemberName("passed")]
    Passed,
}
