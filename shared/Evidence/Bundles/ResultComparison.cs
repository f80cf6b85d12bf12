using System.Text.Json;
using Lace.Evidence.Statements;

namespace Lace.Evidence.Bundles;

/// <summary>Compares a result that was computed again with the signed one, member by member.</summary>
/// <remarks>
/// Sentences for people are not compared, for a later version may word them better. Figures are compared to nine digits: the
/// elementary functions of two machines may differ in the last bit, and a sum of many carries that further.
/// </remarks>
internal static class ResultComparison
{
    private const double Tolerance = 1e-9;

    private static readonly HashSet<string> Prose =
    [
        "reason",
        "detail",
        "shows",
        "does_not_show",
        "computed_at",
        "warning",
        "null",
    ];

    /// <summary>The first member that differs, as a path; null where none does.</summary>
    public static string? Difference(SignedResult computed, SignedResult signed) =>
        Difference(Json(computed), Json(signed), "result");

    private static JsonElement Json(SignedResult result) =>
        JsonSerializer.SerializeToElement(result, StatementJson.Default.SignedResult);

    private static string? Difference(JsonElement one, JsonElement other, string path) =>
        one.ValueKind != other.ValueKind
            ? path
            : one.ValueKind switch
            {
                JsonValueKind.Object => Members(one, other, path),
                JsonValueKind.Array when one.GetArrayLength() != other.GetArrayLength() => path,
                JsonValueKind.Array => one.EnumerateArray()
                    .Zip(other.EnumerateArray())
                    .Select((pair, i) => Difference(pair.First, pair.Second, $"{path}[{i}]"))
                    .FirstOrDefault(found => found is not null),
                JsonValueKind.Number => IsNear(one.GetDouble(), other.GetDouble()) ? null : path,
                JsonValueKind.String => one.GetString() == other.GetString() ? null : path,
                _ => null,
            };

    private static string? Members(JsonElement one, JsonElement other, string path)
    {
        foreach (var member in one.EnumerateObject().Where(member => !Prose.Contains(member.Name)))
        {
            var place = $"{path}.{member.Name}";
            if (!other.TryGetProperty(member.Name, out var counterpart))
            {
                return place;
            }

            if (Difference(member.Value, counterpart, place) is { } found)
            {
                return found;
            }
        }

        var extra = other.EnumerateObject().FirstOrDefault(member => !one.TryGetProperty(member.Name, out _));
        return extra.Value.ValueKind == JsonValueKind.Undefined ? null : $"{path}.{extra.Name}";
    }

    private static bool IsNear(double one, double other) =>
        one == other || Math.Abs(one - other) <= Tolerance * Math.Max(Math.Abs(one), Math.Abs(other));
}
