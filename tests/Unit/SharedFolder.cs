namespace Lace.Tests;

/// <summary>Reference data that lies beside the repository: recorded runs and published vectors.</summary>
internal static class SharedFolder
{
    /// <summary>Path of an entry; skips the test, with the reason, in a checkout that has no such folder.</summary>
    public static string Path(params string[] parts)
    {
        var root =
            Environment.GetEnvironmentVariable("LACE_SHARED") ?? System.IO.Path.Combine(RepositoryRoot, "..", "shared");
        var path = System.IO.Path.Combine([root, .. parts]);
        Assert.SkipUnless(
            File.Exists(path) || Directory.Exists(path),
            $"{System.IO.Path.Combine(parts)} is not in the shared folder; set LACE_SHARED to the folder that holds it."
        );
        return path;
    }

    /// <summary>The folder of Lace.Cloud.sln.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Lace.Cloud.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
