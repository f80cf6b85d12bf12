using System.Text.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Attest;

/// <summary>
/// One call of <c>lace attest --merge</c>: makes the plan when all shards are counted, and attests when all are committed. The attestation is begun
/// with the plan, as the salts that the second reading needs are its own.
/// </summary>
internal sealed class MergeRun(CommandHost host, LaceConfig config, AttestOptions options, ShardFolder folder)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        config.RequireKey();
        if (options.DryRun)
        {
            throw new CliException("--merge has no --dry-run.", ExitCode.Usage);
        }

        using var stateFile = AttestStateFile.Open(host.StateFolder, config.BaseUrl, options, host.WorkingDirectory);
        using var api = new LaceApi(config, host, options.Quiet);
        var upload = new AttestUpload(host, config, options, api, stateFile);
        var (header, sum) = await Task.Run(AddCounts, cancellationToken);
        var made = folder.ReadPlan();
        if (made is null || !made.Value.Plan.Counts.SequenceEqual(sum.Digests))
        {
            return await PlanAsync(upload, header, sum, cancellationToken);
        }

        var (plan, digest) = made.Value;
        RequireEntries(plan, digest);
        var survey = DatasetSurvey.Of([], plan.Header.Part, plan.Total, options.Jobs);
        var request = Request(plan.Header);
        var (state, progress) = await upload.StartAsync(survey, request, cancellationToken);
        if (
            progress.Id != plan.AttestationId
            || !plan.SaltKey.Span.SequenceEqual(Convert.FromBase64String(state.KSalt))
        )
        {
            return await PlanAsync(upload, header, sum, cancellationToken);
        }

        var result = await upload.CompleteAsync(
            state,
            progress,
            survey,
            request,
            () => new ProgressBar(host, "merge", 0, isShown: false),
            (filter, stop) => ShardEntries.Chunks(plan, digest, Files(plan), filter, stop),
            cancellationToken
        );
        // It holds the salt key, which the receipt has now.
        File.Delete(folder.PlanPath);
        return result;
    }

    private (ShardHeader Header, ShardSum Sum) AddCounts()
    {
        var shards = folder.AllCounts().Select(path => (Path: path, Header: ShardFolder.ReadHeader(path))).ToArray();
        ShardPlan.RequireAll([.. shards.Select(shard => shard.Header)]);
        var inOrder = shards.OrderBy(shard => shard.Header.Shard).Select(shard => ShardFolder.ReadCounts(shard.Path));
        return (shards[0].Header, ShardSum.Of(inOrder));
    }

    private async Task<int> PlanAsync(
        AttestUpload upload,
        ShardHeader header,
        ShardSum sum,
        CancellationToken cancellationToken
    )
    {
        var survey = DatasetSurvey.Of([], header.Part, sum.Total, options.Jobs);
        var (state, progress) = await upload.StartAsync(survey, Request(header), cancellationToken);
        var plan = new ShardPlan(
            header,
            progress.Id,
            Convert.FromBase64String(state.KSalt),
            state.Filter?.Settings(options.Filter!.Tier),
            sum.Records,
            sum.Digests,
            sum.Total
        );
        folder.Write(folder.PlanPath, output => plan.Write(output));
        host.Output.WriteLine(
            options.Json
                ? JsonSerializer.Serialize(
                    new ShardsPlanned(plan.AttestationId, header.Shards, sum.Total.Records),
                    CliJson.Default.ShardsPlanned
                )
                : $"""
                planned      {sum.Total.Records:N0} records in {header.Shards:N0} shards, attestation {plan.AttestationId}
                next         the same `lace attest --shard` commands once more, then `lace attest --merge` again
                """
        );
        return ExitCode.Ok;
    }

    private void RequireEntries(ShardPlan plan, MerkleHash digest)
    {
        var missing = Enumerable
            .Range(1, plan.Header.Shards)
            .Select(shard => new ShardNumber(shard, plan.Header.Shards))
            .Where(shard => !folder.HasEntries(shard, digest))
            .ToArray();
        if (missing.Length > 0)
        {
            throw new CliException(
                $"Not committed yet: shard {string.Join(", ", missing.Take(20))}{(missing.Length > 20 ? $" and {missing.Length - 20} more" : "")}. Run `lace attest --shard` for them once more, then this command.",
                ExitCode.Incomplete
            );
        }
    }

    private (string, Func<Stream>)[] Files(ShardPlan plan) =>
        [
            .. Enumerable
                .Range(1, plan.Header.Shards)
                .Select(shard => folder.EntriesPath(new ShardNumber(shard, plan.Header.Shards)))
                .Select(path => (path, (Func<Stream>)(() => File.OpenRead(path)))),
        ];

    private AttestationRequest Request(ShardHeader header) =>
        new(options.Name ?? header.Name, options.Metadata, header.Description, options.Plan, options.Filter);
}

/// <summary>What <c>lace attest --merge --json</c> prints when the shards have to be read once more.</summary>
internal sealed record ShardsPlanned(string AttestationId, int Shards, long Records);
