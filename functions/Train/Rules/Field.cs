using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Functions.Problems;

namespace Lace.Functions.Train.Rules;

/// <summary>One rule about one field of a request: null where it holds, else the refusal that names the field.</summary>
internal static class Field
{
    public const int MaxMetadataBytes = 16 << 10;
    public const long MaxSeed = (1L << 53) - 1;

    public static Problem Refuse(string field, string rule) =>
        new(StatusCodes.Status422UnprocessableEntity, "VALIDATION_ERROR", $"{field}: {rule}")
        {
            Details = new JsonObject { ["field"] = field },
        };

    public static Problem? InRange(string field, long value, long least, long most) =>
        value >= least && value <= most ? null : Refuse(field, $"{value} is not from {least:N0} to {most:N0}.");

    /// <summary>Numbers of JSON are finite, but too large ones are read as infinite.</summary>
    public static Problem? InRange(string field, double value, double least, double most) =>
        value >= least && value <= most ? null : Refuse(field, $"{value} is not from {least} to {most}.");

    public static Problem? Above(string field, double value, double limit, double most) =>
        value > limit && value <= most ? null : Refuse(field, $"{value} is not above {limit} and at most {most}.");

    public static Problem? Below(string field, double value, double least, double limit) =>
        value >= least && value < limit ? null : Refuse(field, $"{value} is not from {least} and below {limit}.");

    public static Problem? OneOf(string field, string value, params ReadOnlySpan<string> choices) =>
        choices.Contains(value) ? null : Refuse(field, $"choose from {string.Join(", ", choices)}.");

    public static Problem? Length(string field, string text, int least, int most) =>
        text.Length < least || text.Length > most ? Refuse(field, $"has {least} to {most:N0} characters.")
        : text.Any(char.IsControl) ? Refuse(field, "has a control character.")
        : null;

    public static Problem? Seed(long? seed) => seed is { } value ? InRange("seed", value, 0, MaxSeed) : null;

    public static Problem? Metadata(IReadOnlyDictionary<string, JsonElement>? metadata) =>
        metadata is null || metadata.Sum(pair => pair.Key.Length + pair.Value.GetRawText().Length) <= MaxMetadataBytes
            ? null
            : Refuse("metadata", $"has more than {MaxMetadataBytes:N0} characters of JSON.");
}
