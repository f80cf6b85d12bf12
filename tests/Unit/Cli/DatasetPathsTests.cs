using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Evidence.Datasets;

namespace Lace.Tests.Cli;

public sealed class DatasetPathsTests
{
    [Fact]
    public void A_folder_is_its_known_files_in_ordinal_order_of_their_paths()
    {
        using var cli = Tree();
        Assert.Equal(["d/B.txt", "d/a.jsonl", "d/a/z.csv", "d/b.md.gz", "d/ä.tsv"], Expand(cli, null, "d"));
    }

    [Fact]
    public void A_folder_taken_as_files_has_all_but_the_hidden_ones()
    {
        using var cli = Tree();
        Assert.Equal(
            ["d/B.txt", "d/a.jsonl", "d/a/z.csv", "d/b.md.gz", "d/picture.png", "d/ä.tsv"],
            Expand(cli, DatasetFormat.File, "d")
        );
    }

    [Fact]
    public void Files_keep_the_order_of_the_arguments()
    {
        using var cli = Tree();
        Assert.Equal(["d/b.md.gz", "d/B.txt", "d/a.jsonl"], Expand(cli, null, "d/b.md.gz", "d/B.txt", "d/a.jsonl"));
    }

    [Theory]
    [InlineData("d/*.jsonl", "d/a.jsonl")]
    [InlineData("d/?.txt", "d/B.txt")]
    [InlineData("**/*.csv", "d/a/z.csv")]
    [InlineData("d/**", "d/B.txt d/a.jsonl d/a/z.csv d/b.md.gz d/ä.tsv")]
    [InlineData("d/*", "d/B.txt d/a.jsonl d/b.md.gz d/ä.tsv")]
    public void A_glob_matches_in_ordinal_order(string glob, string expected)
    {
        using var cli = Tree();
        var found = Expand(cli, null, glob).Select(path => Path.GetRelativePath(cli.Work, path));
        Assert.Equal(expected.Split(' '), found);
    }

    [Theory]
    [InlineData("nothing", ExitCode.BadDataset)]
    [InlineData("d/*.parquet", ExitCode.BadDataset)]
    [InlineData("empty", ExitCode.BadDataset)]
    [InlineData("d/picture.png", ExitCode.Usage)]
    public void What_is_no_dataset_is_refused(string path, int exitCode)
    {
        using var cli = Tree();
        Assert.Equal(exitCode, Assert.Throws<CliException>(() => Expand(cli, null, path)).ExitCode);
    }

    [Fact]
    public void A_format_given_counts_more_than_the_suffix()
    {
        using var cli = Tree();
        Assert.Equal(
            DatasetFormat.Text,
            DatasetPaths.Expand(["d/picture.png"], DatasetFormat.Text, cli.Work).Single().Format
        );
        Assert.Equal(DatasetFormat.Text, DatasetPaths.Expand(["d/b.md.gz"], null, cli.Work).Single().Format);
    }

    [Fact]
    public void Links_to_folders_are_not_followed()
    {
        using var cli = Tree();
        Directory.CreateSymbolicLink(Path.Combine(cli.Work, "d/loop"), Path.Combine(cli.Work, "d"));
        Assert.Equal(5, Expand(cli, null, "d").Length);
    }

    [Fact]
    public async Task Standard_input_is_read_twice_and_leaves_nothing()
    {
        using var cli = new CliFixture();
        using var spool = await StandardInputSpool.FillAsync(
            new MemoryStream([.. "one\ntwo\n"u8]),
            cli.Work,
            CancellationToken.None
        );
        Assert.Empty(Directory.GetFileSystemEntries(cli.Work));
        var source = spool.ToSource(_ => { });
        for (var pass = 0; pass < 2; pass++)
        {
            using var reader = new StreamReader(source.Open());
            Assert.Equal("one\ntwo\n", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
    }

    private static string[] Expand(CliFixture cli, DatasetFormat? format, params string[] paths) =>
        [.. DatasetPaths.Expand(paths, format, cli.Work).Select(file => file.Name)];

    private static CliFixture Tree()
    {
        var cli = new CliFixture();
        foreach (
            var name in (string[])
                [
                    "d/a.jsonl",
                    "d/B.txt",
                    "d/b.md.gz",
                    "d/a/z.csv",
                    "d/ä.tsv",
                    "d/picture.png",
                    "d/.hidden.txt",
                    "d/.git/x.txt",
                ]
        )
        {
            cli.Write(name, "x");
        }

        Directory.CreateDirectory(Path.Combine(cli.Work, "empty"));
        return cli;
    }
}
