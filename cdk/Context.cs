using System.Text.Json;

namespace Lace.Cdk;

/// <summary>Context where the program runs without the <c>cdk</c> command: that of <c>cdk.json</c>, and of <c>-c name=value</c> over it.</summary>
internal static class Context
{
    /// <summary>By this variable the <c>cdk</c> command hands over what it has read itself.</summary>
    private const string FromCommand = "CDK_CONTEXT_JSON";

    /// <summary>Null where the <c>cdk</c> command gives it.</summary>
    /// <exception cref="DeploymentSettingException">An argument is none of these.</exception>
    public static Dictionary<string, object>? Read(IReadOnlyList<string> arguments)
    {
        if (System.Environment.GetEnvironmentVariable(FromCommand) is { Length: > 0 })
        {
            return null;
        }

        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Checkout.Root(), "cdk.json")));
        var context = file
            .RootElement.GetProperty("context")
            .EnumerateObject()
            .ToDictionary(entry => entry.Name, entry => (object)entry.Value.ToString(), StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (
                arguments[i] != "-c"
                || i + 1 == arguments.Count
                || arguments[i + 1].Split('=', 2) is not [var name, var value]
            )
            {
                throw new DeploymentSettingException($"'{arguments[i]}' is not -c name=value.");
            }

            context[name] = value;
        }

        return context;
    }
}
