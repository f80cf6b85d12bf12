using System.Text;

namespace Lace.Cdk.Iam;

/// <summary>Writes docs/iam.md: what each role may do, from the templates that are deployed.</summary>
internal static class IamDocument
{
    private const string Beginning = """
        # Roles and what they may do

        Written from the templates of the stage `prod` by `./run synth --iam`; a test compares. Names in angle brackets are resources of the stacks, `<account>` is the account.
        The test `RoleTests` has the list of what may stand on `*`, with the reason of each.

        """;

    /// <param name="folder">What <c>cdk synth</c> wrote.</param>
    /// <exception cref="DeploymentSettingException">There are no templates.</exception>
    public static string Write(string folder)
    {
        string[] templates = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.template.json") : [];
        if (templates.Length == 0)
        {
            throw new DeploymentSettingException($"There are no templates in {folder}: synthesize them first.");
        }

        var text = new StringBuilder(Beginning);
        foreach (var template in templates.Order(StringComparer.Ordinal))
        {
            text.Append($"\n## {Path.GetFileName(template).Split('.')[0]}\n");
            foreach (
                var role in RolePolicies.Of(Template.Read(template)).OrderBy(role => role.Name, StringComparer.Ordinal)
            )
            {
                Write(text, role);
            }
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, RolePolicies role)
    {
        var who = role.AssumedBy.Count > 0 ? $"Used by {string.Join(", ", role.AssumedBy)}." : "Attached to nobody.";
        text.Append($"\n### {role.Name}\n\n{Sentence(role.Purpose)}{who}\n\n");
        foreach (var policy in role.ManagedPolicies)
        {
            text.Append($"AWS's policy `{policy}`.\n\n");
        }

        if (role.Statements.Count == 0)
        {
            return;
        }

        text.Append("| why | actions | on | if |\n| --- | --- | --- | --- |\n");
        foreach (var statement in role.Statements)
        {
            text.Append(
                $"| {statement.Reason} | {Code(statement.Actions)} | {Code(statement.Resources)} | {(statement.Condition is { } condition ? $"`{condition}`" : "")} |\n"
            );
        }
    }

    private static string Sentence(string purpose) => purpose.Length == 0 ? "" : purpose.TrimEnd('.') + ". ";

    private static string Code(IEnumerable<string> values) => string.Join("<br>", values.Select(value => $"`{value}`"));
}
