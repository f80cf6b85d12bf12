namespace Lace.Tests.Architecture;

/// <summary>The files of the repository that people wrote.</summary>
internal static class Sources
{
    private static readonly string[] Made = ["bin", "obj", "out", "node_modules", "__pycache__", "cdk.out", ".venv"];

    public static IEnumerable<string> Files(string pattern, params string[] folders) =>
        folders
            .Select(folder => Path.Combine(SharedFolder.RepositoryRoot, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Below(new DirectoryInfo(folder), pattern))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Below(DirectoryInfo folder, string pattern) =>
        folder
            .GetFiles(pattern)
            .Select(file => file.FullName)
            .Concat(
                folder
                    .GetDirectories()
                    .Where(below => !Made.Contains(below.Name))
                    .SelectMany(below => Below(below, pattern))
            );
}
