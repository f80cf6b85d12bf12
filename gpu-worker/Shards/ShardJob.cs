using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;
using Lace.Platform;

namespace Lace.Worker.Shards;

/// <summary>One job over the shards of a dataset in the blob store. Safe to run twice: a file that is there is not made again.</summary>
internal sealed class ShardJob(IBlobStore blobs, ShardSettings settings)
{
    /// <summary>Counts the shard of this job, or writes its entries where there is a plan.</summary>
    /// <returns>The path of the file.</returns>
    public async Task<string> MapAsync(CancellationToken cancellationToken)
    {
        var names = await ListAsync(cancellationToken);
        var sources = names.Select(Source).ToArray();
        var shard = settings.Index!.Value + 1;
        var header = new ShardHeader(
            shard,
            settings.Shards,
            settings.Source.TrimEnd('/').Split('/')[^1],
            sources.Select(source => source.Format).Distinct().ToArray() is [var only] ? only : DatasetFormat.Mixed,
            settings.Part,
            sources.Length,
            MerkleTree.HashLeaf(Encoding.UTF8.GetBytes(string.Join('\n', names)))
        );
        // Objects count alike: a list of them says nothing of their sizes.
        var sizes = Enumerable.Repeat(1L, sources.Length).ToArray();
        DatasetSource[] share = [.. sources.Where((_, i) => ShardShares.Of(sizes, i, settings.Shards) == shard)];
        var counts = await ReadAsync(ShardNames.Counts(shard, settings.Shards), ShardCounts.Read, cancellationToken);
        if (counts is not null && counts.Header != header)
        {
            throw new ShardException(
                ShardError.Foreign,
                $"The objects below {settings.Source}, or the options, are not those that shard {shard}/{settings.Shards} was counted of. Remove what is below {settings.Output} and begin again."
            );
        }

        if (await ReadPlanAsync(cancellationToken) is not var (plan, digest))
        {
            return await WriteAsync(
                ShardNames.Counts(shard, settings.Shards),
                output =>
                    ShardCounts.Write(
                        output,
                        header,
                        DatasetCounts.Take(share, settings.Part, settings.Jobs, cancellationToken)
                    ),
                cancellationToken
            );
        }

        if (counts is null)
        {
            throw new ShardException(
                ShardError.Missing,
                $"The counts of shard {shard}/{settings.Shards} are not there any more. Remove what is below {settings.Output} and begin again."
            );
        }

        var made = await ReadAsync<MerkleHash?>(
            ShardNames.Entries(shard, settings.Shards),
            (input, name) => ShardEntries.PlanOf(input, name),
            cancellationToken
        );
        if (made is not null && made != digest)
        {
            // Of a plan before this one.
            await blobs.DeleteAsync(Key(ShardNames.Entries(shard, settings.Shards)), cancellationToken);
        }

        return await WriteAsync(
            ShardNames.Entries(shard, settings.Shards),
            output => ShardEntries.Write(output, plan, digest, counts, share, settings.Jobs, cancellationToken),
            cancellationToken
        );
    }

    /// <summary>Puts the entries of all shards together and writes what comes out.</summary>
    public async Task<string> ReduceAsync(CancellationToken cancellationToken)
    {
        var (plan, digest) =
            await ReadPlanAsync(cancellationToken)
            ?? throw new ShardException(ShardError.Missing, $"There is no {settings.Output}{ShardNames.Plan}.");
        var files = new List<(string, Func<Stream>)>();
        for (var shard = 1; shard <= plan.Header.Shards; shard++)
        {
            var key = Key(ShardNames.Entries(shard, plan.Header.Shards));
            if (await blobs.GetRangeAsync(key, 0, 1, cancellationToken) is null)
            {
                throw new ShardException(
                    ShardError.Missing,
                    $"Missing: entries of shard {shard}/{plan.Header.Shards}. Run its job again."
                );
            }

            files.Add((key.Path, () => new BlobStream(blobs, key)));
        }

        using var spool = Spool();
        using var bandSpool = Spool();
        var builder = plan.Filter is null
            ? null
            : new FilterBuilder(plan.Filter, spool)
            {
                Bands = plan.Filter.NearDuplicates ? new FilterBuilder(plan.Filter, bandSpool) : null,
            };
        MerkleHash[] roots =
        [
            .. ShardEntries.Chunks(plan, digest, files, builder, cancellationToken).Select(chunk => chunk.Root),
        ];
        var filter = builder?.Build(settings.Jobs, cancellationToken);
        var bands = builder?.Bands?.Build(settings.Jobs, cancellationToken);
        var result = new MemoryStream();
        using (var json = new Utf8JsonWriter(result))
        {
            json.WriteStartObject();
            json.WriteString("attestation_id", plan.AttestationId);
            json.WriteNumber("records", plan.Total.Records);
            json.WriteNumber("chunks", roots.Length);
            json.WriteString("root", DatasetRoot.FromChunkRoots(roots).ToString());
            if (filter is not null)
            {
                json.WriteNumber("filter_blocks", filter.Blocks);
                json.WriteString("filter_root", BlockTree.Head(filter, settings.Jobs).ToString());
            }

            if (bands is not null)
            {
                json.WriteNumber("bands_blocks", bands.Blocks);
                json.WriteString("bands_root", BlockTree.Head(bands, settings.Jobs).ToString());
            }

            json.WriteEndObject();
        }

        var path = Key("result.json");
        await blobs.DeleteAsync(path, cancellationToken);
        await blobs.PutIfAbsentAsync(path, result.ToArray(), cancellationToken);
        return Encoding.UTF8.GetString(result.ToArray());
    }

    private static FileStream Spool() =>
        new(
            Path.GetTempFileName(),
            FileMode.Create,
            FileAccess.ReadWrite,
            FileShare.None,
            1 << 16,
            FileOptions.DeleteOnClose
        );

    private async Task<string[]> ListAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var name in blobs.ListAsync(settings.Tenant, settings.Source, cancellationToken))
        {
            if ((settings.Format ?? SourceFormats.OfPath(name)) is not null)
            {
                names.Add(name);
            }
        }

        return names.Count > 0
            ? [.. names]
            : throw new ShardException(ShardError.Missing, $"No object of a known kind lies below {settings.Source}.");
    }

    private DatasetSource Source(string path) =>
        new(
            path,
            settings.Format ?? SourceFormats.OfPath(path)!.Value,
            () =>
            {
                var stream = new BlobStream(blobs, new BlobKey(settings.Tenant, path));
                return SourceFormats.IsCompressed(path) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
            }
        );

    private Task<(ShardPlan Plan, MerkleHash Digest)?> ReadPlanAsync(CancellationToken cancellationToken) =>
        ReadAsync<(ShardPlan, MerkleHash)?>(
            ShardNames.Plan,
            (input, name) =>
            {
                var plan = ShardPlan.Read(input, name, out var digest);
                return (plan, digest);
            },
            cancellationToken
        );

    private async Task<T?> ReadAsync<T>(string name, Func<Stream, string, T> read, CancellationToken cancellationToken)
    {
        var key = Key(name);
        if (await blobs.GetRangeAsync(key, 0, 1, cancellationToken) is null)
        {
            return default;
        }

        await using var stream = new BlobStream(blobs, key);
        return read(stream, key.Path);
    }

    // A file that another attempt of the same job wrote holds the same bytes, or is refused when it is put together.
    private async Task<string> WriteAsync(string name, Action<Stream> write, CancellationToken cancellationToken)
    {
        var key = Key(name);
        if (await blobs.GetRangeAsync(key, 0, 1, cancellationToken) is null)
        {
            var content = new MemoryStream();
            write(content);
            await blobs.PutIfAbsentAsync(key, content.GetBuffer().AsMemory(0, (int)content.Length), cancellationToken);
        }

        return key.Path;
    }

    private BlobKey Key(string name) => new(settings.Tenant, settings.Output + name);
}
