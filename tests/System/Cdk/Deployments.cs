using System.Text.Json;
using Amazon.CDK;
using Lace.Cdk.Iam;
using Lace.SystemTests.Platform;

namespace Lace.SystemTests.Cdk;

/// <summary>Synthesized deployments, each made once: starting CDK takes seconds.</summary>
internal static class Deployments
{
    private static readonly Lock One = new();
    private static readonly Dictionary<string, Deployment> Made = [];

    public static Deployment Production => Of("stage=prod");

    public static Deployment Development => Of("stage=dev");

    /// <summary>Every option that adds a resource or takes one away.</summary>
    public static Deployment Everything =>
        Of(
            "stage=prod",
            "alarmEmail=ops@example.org",
            "domain=lace.example.org",
            "certificateArn=arn:aws:acm:eu-west-1:123456789012:certificate/5a0c6f5e-0000-0000-0000-000000000000",
            "privateWorkers=true",
            "firewall=true",
            "workerMachineImage=ami-0123456789abcdef0"
        );

    public static IEnumerable<Deployment> All => [Production, Development, Everything];

    /// <summary>Names of <see cref="All"/>, for theories.</summary>
    public static TheoryData<string> Names => [nameof(Production), nameof(Development), nameof(Everything)];

    public static Deployment Named(string name) =>
        name switch
        {
            nameof(Production) => Production,
            nameof(Development) => Development,
            nameof(Everything) => Everything,
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };

    /// <summary>With the context of cdk.json and these values over it; the functions are a folder with one file.</summary>
    public static Deployment Of(params string[] context)
    {
        lock (One)
        {
            var name = string.Join('&', context);
            if (!Made.TryGetValue(name, out var deployment))
            {
                Made[name] = deployment = Synthesize(context);
            }

            return deployment;
        }
    }

    private static Deployment Synthesize(string[] context)
    {
        NodeTools.RequireNode();
        using var folder = new TemporaryFolder();
        var functions = Directory.CreateDirectory(folder["functions"]);
        File.WriteAllText(Path.Combine(functions.FullName, "Lace.Functions.dll"), "no program");
        var values = context.Prepend($"functions={functions.FullName}").SelectMany(value => new[] { "-c", value });
        Lace.Cdk.Program.Synthesize(
            new AppProps { Outdir = folder["out"], Context = Lace.Cdk.Context.Read([.. values]) }
        );
        return new Deployment(
            Directory
                .GetFiles(folder["out"], "*.template.json")
                .ToDictionary(file => Path.GetFileName(file).Split('.')[0], File.ReadAllText, StringComparer.Ordinal)
        );
    }
}

/// <param name="Texts">Templates by the name of their stack.</param>
internal sealed record Deployment(IReadOnlyDictionary<string, string> Texts)
{
    public IReadOnlyList<Template> Templates { get; } =
    [.. Texts.Values.Select(text => new Template(JsonSerializer.Deserialize<JsonElement>(text)))];

    public IReadOnlyList<(string Id, JsonElement Properties)> OfType(string type) =>
        [.. Templates.SelectMany(template => template.OfType(type))];

    public IReadOnlyList<RolePolicies> Roles => [.. Templates.SelectMany(RolePolicies.Of)];

    /// <summary>The functions by their plan's name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Functions =>
        OfType("AWS::Lambda::Function")
            .ToDictionary(
                function => function.Properties.Text("FunctionName").Split('-')[^1],
                function => function.Properties,
                StringComparer.Ordinal
            );

    /// <summary>The variables of a function, with what is only known once deployed as the name of the resource.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(string function) =>
        Functions[function]
            .GetProperty("Environment")
            .GetProperty("Variables")
            .EnumerateObject()
            .ToDictionary(variable => variable.Name, variable => Template.Text(variable.Value), StringComparer.Ordinal);
}

internal static class PropertyReading
{
    /// <summary>A property as text; fails where it is not there.</summary>
    public static string Text(this JsonElement properties, string name) => Template.Text(properties.GetProperty(name));

    /// <summary>A property inside of others, or null.</summary>
    public static JsonElement? At(this JsonElement properties, params string[] path)
    {
        JsonElement? at = properties;
        foreach (var name in path)
        {
            at =
                at is { ValueKind: JsonValueKind.Object } inside && inside.TryGetProperty(name, out var next)
                    ? next
                    : null;
        }

        return at;
    }
}
