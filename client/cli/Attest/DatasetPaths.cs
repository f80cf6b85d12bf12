using System.Text.RegularExpressions;
using Lace.Evidence.Datasets;

namespace Lace.Cli.Attest;

/// <summary>Turns what the user named into files in the order of the dataset (protocol §1).</summary>
internal static class DatasetPaths
{
    /// <param name="format">Given by the user, or null: then the suffix decides, and a folder's other files are left out.</param>
    public static IReadOnlyList<SourceFile> Expand(
        IReadOnlyList<string> paths,
        DatasetFormat? format,
        string workingDirectory
    )
    {
        var files = paths.SelectMany(path => Expand(path, format, workingDirectory)).ToArray();
        return files.Length > 0
            ? files
            : throw new CliException(
                "No file of a known kind was found (.jsonl, .json, .csv, .tsv, .txt, .md, each also .gz). Name the files, or give --format.",
                ExitCode.BadDataset
            );
    }

    private static IEnumerable<SourceFile> Expand(string path, DatasetFormat? format, string workingDirectory)
    {
        var full = Path.GetFullPath(path, workingDirectory);
        if (File.Exists(full))
        {
            return
            [
                Source(path, full, format)
                    ?? throw new CliException($"{path}: the suffix tells no format. Give --format.", ExitCode.Usage),
            ];
        }

        if (Directory.Exists(full))
        {
            return Below(full)
                .OrderBy(relative => relative, StringComparer.Ordinal)
                .Select(relative => Source(Path.Combine(path, relative), Path.Combine(full, relative), format))
                .OfType<SourceFile>();
        }

        return path.AsSpan().ContainsAny("*?")
            ? Matches(path, full, format)
            : throw new CliException($"{path}: there is no such file or folder.", ExitCode.BadDataset);
    }

    private static SourceFile[] Matches(string path, string full, DatasetFormat? format)
    {
        var fixedPart = full[..full.AsSpan().IndexOfAny("*?")];
        var root = fixedPart[..(fixedPart.LastIndexOf('/') + 1)];
        var pattern = new Regex(
            ToRegex(full[root.Length..]),
            RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
        );
        var matches = !Directory.Exists(root)
            ? []
            : Below(root)
                .Where(relative => pattern.IsMatch(relative))
                .OrderBy(relative => relative, StringComparer.Ordinal)
                .Select(relative => Source(root + relative, root + relative, format))
                .OfType<SourceFile>()
                .ToArray();
        return matches.Length > 0
            ? matches
            : throw new CliException($"{path}: matches no file of a known kind.", ExitCode.BadDataset);
    }

    // ** stands for any folders, * and ? stay within one name.
    private static string ToRegex(string glob) =>
        "^"
        + Regex
            .Escape(glob)
            .Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal)
            .Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal)
            .Replace(@"\?", "[^/]", StringComparison.Ordinal)
        + "$";

    // Paths relative to the folder. Links to folders are not followed: they can form circles.
    private static IEnumerable<string> Below(string folder, string prefix = "")
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.'))
            {
                continue;
            }

            if (entry is FileInfo)
            {
                yield return prefix + entry.Name;
            }
            else if (entry.LinkTarget is null)
            {
                foreach (var below in Below(entry.FullName, prefix + entry.Name + "/"))
                {
                    yield return below;
                }
            }
        }
    }

    private static SourceFile? Source(string name, string full, DatasetFormat? format) =>
        (format ?? SourceFormats.OfPath(full)) is { } known ? new SourceFile(name, full, known) : null;
}
