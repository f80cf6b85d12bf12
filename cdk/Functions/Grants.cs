using Amazon.CDK.AWS.IAM;

namespace Lace.Cdk.Functions;

/// <summary>Statements of policies, each with its reason, by which docs/iam.md shows it.</summary>
internal static class Grants
{
    public static PolicyStatement Allow(string reason, string[] resources, params string[] actions) =>
        Statement(reason, resources, null, actions);

    /// <param name="condition">As IAM writes it: an operator, a key and what it is held against.</param>
    public static PolicyStatement Allow(
        string reason,
        string[] resources,
        (string Operator, string Key, object Value) condition,
        params string[] actions
    ) =>
        Statement(
            reason,
            resources,
            new Dictionary<string, object>(StringComparer.Ordinal)
            {
                [condition.Operator] = new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    [condition.Key] = condition.Value,
                },
            },
            actions
        );

    private static PolicyStatement Statement(
        string reason,
        string[] resources,
        IDictionary<string, object>? conditions,
        string[] actions
    ) =>
        new(
            new PolicyStatementProps
            {
                Sid = reason,
                Actions = actions,
                Resources = resources,
                Conditions = conditions,
            }
        );
}
