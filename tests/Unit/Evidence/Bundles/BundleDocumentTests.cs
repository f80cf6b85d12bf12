using System.Text.RegularExpressions;
using Lace.Evidence.Bundles;

namespace Lace.Tests.Evidence.Bundles;

/// <summary>The page on bundles says what the program checks.</summary>
public sealed partial class BundleDocumentTests
{
    [Fact]
    public void The_page_has_the_table_of_checks_as_the_program_prints_it()
    {
        var page = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs/formats/bundle.md"));
        var rows = Row().Matches(page).Select(row => (row.Groups["id"].Value, row.Groups["meaning"].Value));
        Assert.Equal(BundleChecks.Table, rows);
    }

    [GeneratedRegex(
        @"^\| `(?<id>[^`]+)` \| (?<meaning>.+) \|$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Row();
}
