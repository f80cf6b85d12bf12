using System.Text.Json;

namespace Lace.Cdk.Iam;

/// <summary>One role with everything it may do.</summary>
/// <param name="Id">Of the resource in its template.</param>
/// <param name="Name">Its own name, or the resource's where CloudFormation gives it one.</param>
/// <param name="Purpose">Its description.</param>
/// <param name="AssumedBy">Services that act as it.</param>
/// <param name="ManagedPolicies">Names of AWS's own policies.</param>
internal sealed record RolePolicies(
    string Id,
    string Name,
    string Purpose,
    IReadOnlyList<string> AssumedBy,
    IReadOnlyList<string> ManagedPolicies,
    IReadOnlyList<Statement> Statements
)
{
    /// <summary>The roles of a template, and the policy of its operators, which nobody has by itself.</summary>
    public static IReadOnlyList<RolePolicies> Of(Template template) =>
        [
            .. template.OfType("AWS::IAM::Role").Select(role => Role(template, role.Id, role.Properties)),
            .. template
                .OfType("AWS::IAM::ManagedPolicy")
                .Select(policy => new RolePolicies(
                    policy.Id,
                    Text(policy.Properties, "ManagedPolicyName") ?? Template.Name(policy.Id),
                    Text(policy.Properties, "Description") ?? "",
                    [],
                    [],
                    [.. Statement.Of(policy.Properties.GetProperty("PolicyDocument"))]
                )),
        ];

    private static RolePolicies Role(Template template, string id, JsonElement role)
    {
        var attached = template
            .OfType("AWS::IAM::Policy")
            .Where(policy =>
                policy
                    .Properties.GetProperty("Roles")
                    .EnumerateArray()
                    .Any(one => one.GetProperty("Ref").GetString() == id)
            )
            .SelectMany(policy => Statement.Of(policy.Properties.GetProperty("PolicyDocument")));
        var inline = role.TryGetProperty("Policies", out var policies)
            ? policies.EnumerateArray().SelectMany(policy => Statement.Of(policy.GetProperty("PolicyDocument")))
            : [];
        return new RolePolicies(
            id,
            Text(role, "RoleName") ?? Template.Name(id),
            Text(role, "Description") ?? "",
            [
                .. role.GetProperty("AssumeRolePolicyDocument")
                    .GetProperty("Statement")
                    .EnumerateArray()
                    .Select(statement => Template.Text(statement.GetProperty("Principal").GetProperty("Service"))),
            ],
            role.TryGetProperty("ManagedPolicyArns", out var managed)
                ? [.. managed.EnumerateArray().Select(arn => Template.Text(arn).Split(":policy/")[^1])]
                : [],
            [.. attached, .. inline]
        );
    }

    private static string? Text(JsonElement properties, string name) =>
        properties.TryGetProperty(name, out var value) ? Template.Text(value) : null;
}

/// <summary>One statement of a policy, in words.</summary>
internal sealed record Statement(
    string? Reason,
    IReadOnlyList<string> Actions,
    IReadOnlyList<string> Resources,
    string? Condition
)
{
    public static IEnumerable<Statement> Of(JsonElement document) =>
        document
            .GetProperty("Statement")
            .EnumerateArray()
            .Where(statement => statement.GetProperty("Effect").GetString() == "Allow")
            .Select(statement => new Statement(
                statement.TryGetProperty("Sid", out var sid) ? sid.GetString() : null,
                List(statement.GetProperty("Action")),
                List(statement.GetProperty("Resource")),
                statement.TryGetProperty(nameof(Condition), out var condition) ? Words(condition) : null
            ));

    private static IReadOnlyList<string> List(JsonElement one) =>
        one.ValueKind == JsonValueKind.Array ? [.. one.EnumerateArray().Select(Template.Text)] : [Template.Text(one)];

    private static string Words(JsonElement condition) =>
        string.Join(
            "; ",
            from test in condition.EnumerateObject()
            from key in test.Value.EnumerateObject()
            select $"{key.Name} {test.Name} {Template.Text(key.Value)}"
        );
}
