using System.Xml.Linq;

namespace Lace.Tests.Architecture;

/// <summary>The direction of dependencies (docs/architecture.md): what is not allowed here is not allowed.</summary>
public sealed class DependencyTests
{
    private static readonly string[] Libraries =
    [
        "Lace.Cryptography",
        "Lace.Privacy",
        "Lace.Evidence",
        "Lace.Platform",
        "Lace.Records",
    ];

    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["Lace.Cryptography"] = [],
        ["Lace.Privacy"] = [],
        ["Lace.Torch"] = [],
        ["Lace.Evidence"] = ["Lace.Cryptography"],
        ["Lace.Platform"] = ["Lace.Cryptography"],
        ["Lace.Records"] = ["Lace.Cryptography", "Lace.Privacy", "Lace.Evidence", "Lace.Platform"],
        ["Lace.Functions"] = Libraries,
        ["Lace.Worker"] = [.. Libraries, "Lace.Torch"],
        ["lace"] = ["Lace.Evidence", "Lace.Cryptography", "Lace.Privacy"],
        ["Lace.Cdk"] = [],
    };

    public static TheoryData<string> Projects =>
        [
            .. Sources
                .Files("*.csproj", "shared", "functions", "gpu-worker", "client", "cdk")
                .Select(path => Path.GetRelativePath(SharedFolder.RepositoryRoot, path)),
        ];

    public static TheoryData<string> Assemblies =>
        [.. Projects.Select(row => AssemblyOf(row.Data)).Where(name => File.Exists(Compiled(name)))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_names_only_what_it_may_reference(string project)
    {
        var folder = Path.GetDirectoryName(Absolute(project))!;
        var references = XDocument
            .Load(Absolute(project))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFullPath(Path.Combine(folder, reference.Attribute("Include")!.Value)))
            .Select(path => AssemblyOf(Path.GetRelativePath(SharedFolder.RepositoryRoot, path)));
        Assert.Empty(references.Except(Allowed(AssemblyOf(project))));
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void An_assembly_uses_only_what_it_may_reference(string assembly)
    {
        using var compiled = new CompiledReferences(Compiled(assembly));
        Assert.Empty(compiled.Assemblies.Where(IsOurs).Except(Allowed(assembly)));
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void The_sdk_of_aws_is_behind_the_ports(string assembly)
    {
        using var compiled = new CompiledReferences(Compiled(assembly));
        var uses = compiled.Assemblies.Any(name => name.StartsWith("AWSSDK.", StringComparison.Ordinal));
        Assert.Equal(assembly == "Lace.Platform", uses);
    }

    [Fact]
    public void The_assemblies_that_exist_are_read() =>
        Assert.Superset(
            new HashSet<string> { "Lace.Evidence", "Lace.Platform", "Lace.Functions", "lace" },
            Assemblies.Select(row => row.Data).ToHashSet()
        );

    private static bool IsOurs(string assembly) =>
        assembly == "lace" || assembly.StartsWith("Lace.", StringComparison.Ordinal);

    private static string[] Allowed(string assembly) =>
        MayReference.TryGetValue(assembly, out var allowed)
            ? allowed
            : throw new InvalidOperationException($"Say in {nameof(MayReference)} what {assembly} may reference.");

    private static string AssemblyOf(string project) =>
        XDocument.Load(Absolute(project)).Descendants("AssemblyName").SingleOrDefault()?.Value
        ?? Path.GetFileNameWithoutExtension(project);

    private static string Absolute(string project) => Path.Combine(SharedFolder.RepositoryRoot, project);

    private static string Compiled(string assembly) => Path.Combine(AppContext.BaseDirectory, assembly + ".dll");
}
