using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Attest;

/// <summary>
/// One call of <c>lace attest --shard i/n</c>: counts a share of the files, or, when all shares are counted and <c>--merge</c> has made a plan of them,
/// reads it again and writes its entries. Says which of the two it did and what comes next.
/// </summary>
internal sealed class ShardRun(CommandHost host, AttestOptions options, ShardFolder folder)
{
    private readonly ShardNumber shard = options.Shard!.Value;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var dataset = await DatasetFiles.OpenAsync(host, options, cancellationToken);
        var sources = dataset.Share(shard);
        var header = new ShardHeader(
            shard.Shard,
            shard.Shards,
            dataset.DefaultName,
            dataset.Format,
            options.Part,
            dataset.Count,
            dataset.Listing
        );
        return await Task.Run(
            () =>
                folder.ReadPlan() is { } made && made.Plan.Header.GoesWith(header)
                    ? Commit(dataset, sources, header, made.Plan, made.Digest, cancellationToken)
                    : Count(dataset, sources, header, cancellationToken),
            cancellationToken
        );
    }

    private int Count(
        DatasetFiles dataset,
        IReadOnlyList<DatasetSource> sources,
        ShardHeader header,
        CancellationToken cancellationToken
    )
    {
        var path = folder.CountsPath(shard);
        if (!File.Exists(path) || ShardFolder.ReadCounts(path).Header != header)
        {
            using var bar = dataset.Reading("1/2 count ", !options.Quiet);
            var counts = DatasetCounts.Take(sources, options.Part, options.Jobs, cancellationToken);
            folder.Write(path, output => ShardCounts.Write(output, header, counts));
        }

        host.Output.WriteLine($"counted      shard {shard}: {path}");
        Note("When all shards are counted: lace attest --merge FOLDER.");
        return ExitCode.Ok;
    }

    private int Commit(
        DatasetFiles dataset,
        IReadOnlyList<DatasetSource> sources,
        ShardHeader header,
        ShardPlan plan,
        MerkleHash digest,
        CancellationToken cancellationToken
    )
    {
        var path = folder.EntriesPath(shard);
        if (!folder.HasEntries(shard, digest))
        {
            if (!File.Exists(folder.CountsPath(shard)))
            {
                throw new ShardException(
                    ShardError.Missing,
                    $"{folder.CountsPath(shard)} is not there any more. Remove {folder.PlanPath}, count this shard and merge again."
                );
            }

            var counts = ShardFolder.ReadCounts(folder.CountsPath(shard));
            using var bar = dataset.Reading("2/2 commit", !options.Quiet);
            folder.Write(
                path,
                output => ShardEntries.Write(output, plan, digest, counts, sources, options.Jobs, cancellationToken)
            );
        }

        host.Output.WriteLine($"committed    shard {header.Shard}/{header.Shards}: {path}");
        Note("When all shards are committed: lace attest --merge FOLDER.");
        return ExitCode.Ok;
    }

    private void Note(string text)
    {
        if (!options.Quiet)
        {
            host.Note(text);
        }
    }
}
