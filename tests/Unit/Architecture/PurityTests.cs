namespace Lace.Tests.Architecture;

/// <summary>The pure libraries compute: no files, no network, no clock, nothing to wait for.</summary>
public sealed class PurityTests
{
    private static readonly string[] ForbiddenAssemblies =
    [
        "System.Net",
        "System.Data",
        "System.IO.Pipes",
        "System.IO.FileSystem",
        "System.Diagnostics.Process",
        "System.Console",
        "Microsoft.Data",
        "Microsoft.AspNetCore",
        "Microsoft.Extensions",
    ];

    private static readonly HashSet<string> ForbiddenTypes =
    [
        "System.IO.File",
        "System.IO.FileInfo",
        "System.IO.FileStream",
        "System.IO.Directory",
        "System.IO.DirectoryInfo",
        "System.IO.RandomAccess",
        "System.IO.DriveInfo",
        "System.Net.Http.HttpClient",
        "System.Net.Sockets.Socket",
        "System.Console",
        "System.Diagnostics.Process",
        "System.Diagnostics.Stopwatch",
        "System.Runtime.CompilerServices.AsyncStateMachineAttribute",
        "System.Runtime.CompilerServices.AsyncIteratorStateMachineAttribute",
    ];

    private static readonly HashSet<string> ForbiddenMembers =
    [
        "System.DateTime.get_Now",
        "System.DateTime.get_UtcNow",
        "System.DateTime.get_Today",
        "System.DateTimeOffset.get_Now",
        "System.DateTimeOffset.get_UtcNow",
        "System.TimeProvider.get_System",
        "System.Threading.Thread.Sleep",
        "System.Threading.Tasks.Task.Delay",
    ];

    // The compiler's own iterators ask for the thread; the number of cores changes no result.
    private static readonly HashSet<string> AllowedOfEnvironment =
    [
        "System.Environment.get_CurrentManagedThreadId",
        "System.Environment.get_ProcessorCount",
    ];

    // Sealed files overlap reading, ciphering and writing of streams that the caller opened; they open none.
    private static readonly string[] AwaitedStreams = ["System.Runtime.CompilerServices.AsyncStateMachineAttribute"];

    [Theory]
    [InlineData("Lace.Evidence")]
    [InlineData("Lace.Cryptography")]
    [InlineData("Lace.Privacy")]
    public void A_pure_library_reaches_nothing_outside(string assembly)
    {
        var path = Path.Combine(AppContext.BaseDirectory, assembly + ".dll");
        if (assembly == "Lace.Evidence" || File.Exists(path))
        {
            var allowed = assembly == "Lace.Cryptography" ? AwaitedStreams : [];
            Assert.Empty(Impurities(path).Except(allowed));
        }
    }

    [Fact]
    public void Of_cryptography_only_sealed_files_wait_for_streams()
    {
        using var compiled = new CompiledReferences(Path.Combine(AppContext.BaseDirectory, "Lace.Cryptography.dll"));
        Assert.Equal(["Lace.Cryptography.Sealing"], compiled.AwaitingNamespaces);
    }

    [Fact]
    public void Impurity_is_seen()
    {
        var found = Impurities(Path.Combine(AppContext.BaseDirectory, "Lace.Platform.dll")).ToList();
        Assert.Contains("Microsoft.Data.Sqlite", found);
        Assert.Contains("System.IO.File", found);
        Assert.Contains("System.Environment.get_ProcessId", found);
        Assert.Contains("System.Runtime.CompilerServices.AsyncStateMachineAttribute", found);
        var own = Impurities(typeof(PurityTests).Assembly.Location);
        Assert.Contains("System.DateTimeOffset.get_UtcNow", own);
    }

    private static List<string> Impurities(string path)
    {
        using var compiled = new CompiledReferences(path);
        return
        [
            .. compiled.Assemblies.Where(name => ForbiddenAssemblies.Any(forbidden => IsOrIsBelow(name, forbidden))),
            .. compiled.Types.Where(ForbiddenTypes.Contains),
            .. compiled.Members.Where(ForbiddenMembers.Contains),
            .. compiled.Members.Where(IsOfEnvironment).Except(AllowedOfEnvironment),
        ];
    }

    private static bool IsOrIsBelow(string name, string forbidden) =>
        name == forbidden || name.StartsWith(forbidden + ".", StringComparison.Ordinal);

    private static bool IsOfEnvironment(string member) =>
        member.StartsWith("System.Environment.", StringComparison.Ordinal);

#pragma warning disable RS0030, IDE0051 // what the test has to see
    private static DateTimeOffset Clock => DateTimeOffset.UtcNow;
#pragma warning restore RS0030, IDE0051
}
