using System.Runtime.Versioning;
using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;

namespace Lace.Tests.Cli;

[SupportedOSPlatform("linux")]
public sealed class ShardRunTests
{
    [Fact]
    public async Task Counts_plans_commits_and_attests_and_says_at_each_step_what_is_missing()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        for (var i = 0; i < 5; i++)
        {
            cli.Write($"data/{i}.jsonl", string.Concat(Enumerable.Range(0, 21).Select(r => $"{{\"n\":{i * r}}}\n")));
        }

        await ShardAsync(cli, 1);
        await ShardAsync(cli, 3);
        var refusal = await Assert.ThrowsAsync<ShardException>(() => MergeAsync(cli));
        Assert.Equal(ShardError.Missing, refusal.Error);
        Assert.Contains("2/3", refusal.Message, StringComparison.Ordinal);

        await ShardAsync(cli, 2);
        Assert.Equal(ExitCode.Ok, await MergeAsync(cli));
        Assert.Contains("105 records in 3 shards", cli.Output.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Completed);
        var plan = Path.Combine(cli.Work, "shards/plan");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(plan));

        await ShardAsync(cli, 2);
        var waiting = await Assert.ThrowsAsync<CliException>(() => MergeAsync(cli));
        Assert.Equal(ExitCode.Incomplete, waiting.ExitCode);
        Assert.Contains("shard 1/3, 3/3", waiting.Message, StringComparison.Ordinal);

        await ShardAsync(cli, 1);
        await ShardAsync(cli, 3);
        var written = File.GetLastWriteTimeUtc(Path.Combine(cli.Work, "shards/shard-00001-of-00003.entries"));
        await ShardAsync(cli, 1);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(cli.Work, "shards/shard-00001-of-00003.entries")));
        Assert.Equal(ExitCode.Ok, await MergeAsync(cli));
        var id = Assert.Single(server.Completed);
        var receipt = JsonSerializer.Deserialize(
            File.ReadAllBytes(Path.Combine(cli.StateFolder, "receipts", id + ".json")),
            CliJson.Default.Receipt
        )!;
        Assert.Equal((105, 5, 5), (receipt.Records, receipt.Dataset.Sources, receipt.Sources.Count));
        Assert.NotNull(receipt.Fingerprints);
        Assert.False(File.Exists(plan));
    }

    [Fact]
    public async Task A_shard_of_changed_data_is_refused()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data/a.jsonl", "{\"n\":1}\n{\"n\":2}\n");
        cli.Write("data/b.jsonl", "{\"n\":3}\n{\"n\":4}\n");
        foreach (var shard in (int[])[1, 2, 3])
        {
            await ShardAsync(cli, shard);
        }

        await MergeAsync(cli);
        cli.Write("data/a.jsonl", "{\"n\":1}\n{\"n\":9}\n");
        await Assert.ThrowsAsync<DatasetException>(() => ShardAsync(cli, 1));

        // Another size: the machines do not see the same files.
        cli.Write("data/a.jsonl", "{\"n\":1}\n");
        await ShardAsync(cli, 1);
        Assert.Equal(ShardError.Foreign, (await Assert.ThrowsAsync<ShardException>(() => MergeAsync(cli))).Error);
    }

    [Theory]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("1")]
    [InlineData("1/2/3")]
    [InlineData("-1/3")]
    [InlineData("1/10001")]
    public void Refuses_what_is_no_share(string text) => Assert.Throws<CliException>(() => ShardNumber.Parse(text));

    [Fact]
    public void Every_file_belongs_to_one_shard_in_order()
    {
        var random = new Random(1);
        for (var round = 0; round < 300; round++)
        {
            var shards = random.Next(1, 12);
            long[] sizes =
            [
                .. Enumerable.Range(0, random.Next(20)).Select(_ => random.NextInt64(1L << random.Next(50))),
            ];
            int[] shares = [.. sizes.Select((_, i) => ShardShares.Of(sizes, i, shards))];
            Assert.Equal(shares.Order(), shares);
            Assert.All(shares, share => Assert.InRange(share, 1, shards));
        }
    }

    private static Task<int> ShardAsync(CliFixture cli, int shard) =>
        new ShardRun(
            cli.Host,
            CliFixture.Options(DatasetPart.Whole, "data") with
            {
                Shard = new ShardNumber(shard, 3),
            },
            ShardFolder.Of("shards", cli.Host)
        ).RunAsync(TestContext.Current.CancellationToken);

    private static Task<int> MergeAsync(CliFixture cli) =>
        new MergeRun(
            cli.Host,
            LaceConfig.Resolve(null, null, cli.Host),
            CliFixture.Options(DatasetPart.Whole, "shards"),
            ShardFolder.Of("shards", cli.Host)
        ).RunAsync(TestContext.Current.CancellationToken);
}
