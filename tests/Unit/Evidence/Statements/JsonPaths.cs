using System.Text.Json.Nodes;

namespace Lace.Tests.Evidence.Statements;

/// <summary>Every place in a JSON document: what a mutation test walks over.</summary>
internal static class JsonPaths
{
    /// <summary>Members of predicates that may be absent: optional ones, and the entries of dictionaries.</summary>
    public static readonly HashSet<string> Optional =
    [
        "name",
        "metadata",
        "metadata.owner",
        "plan",
        "prediction",
        "prediction.first_steps_sha256",
        "fingerprints",
        "fingerprints.key_sha256",
        "dataset.part.field",
        "dataset.part.max_bytes",
        "dataset.statistics.scripts.latin",
        "client",
        "client.lace",
        "closed_at",
        "first_received_at",
        "last_received_at",
        "refused.conflict",
        "result.statistic",
        "result.correlation",
        "result.run.refused.conflict",
    ];

    /// <summary>Paths of all members of all objects.</summary>
    public static IEnumerable<object[]> Members(JsonNode node) => All(node).Where(path => path[^1] is string);

    /// <summary>Paths of all values that hold no others.</summary>
    public static IEnumerable<object[]> Leaves(JsonNode node) =>
        All(node).Where(path => At(node, path) is not (JsonObject or JsonArray));

    public static JsonNode? At(JsonNode node, ReadOnlySpan<object> path)
    {
        var at = node;
        foreach (var step in path)
        {
            at = step is string name ? at![name] : at![(int)step];
        }

        return at;
    }

    public static void Remove(JsonNode node, object[] path) =>
        At(node, path.AsSpan(0, path.Length - 1))!.AsObject().Remove((string)path[^1]);

    public static void Set(JsonNode node, object[] path, JsonNode? value)
    {
        var parent = At(node, path.AsSpan(0, path.Length - 1))!;
        if (path[^1] is string name)
        {
            parent[name] = value;
        }
        else
        {
            parent[(int)path[^1]] = value;
        }
    }

    public static string Name(object[] path) => string.Join('.', path);

    private static IEnumerable<object[]> All(JsonNode? node)
    {
        var children = node switch
        {
            JsonObject members => members.Select(member => ((object)member.Key, member.Value)),
            JsonArray elements => elements.Select((element, i) => ((object)i, element)),
            _ => [],
        };
        foreach (var (step, child) in children)
        {
            yield return [step];
            foreach (var below in All(child))
            {
                yield return [step, .. below];
            }
        }
    }
}
